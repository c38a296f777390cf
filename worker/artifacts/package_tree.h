// PackageTree is what a package will look like once unpacked: it decides which names and links may exist, on paper.
//
// Shapes:  paths are relative, '/'-separated and normalised: no empty part, no "." and no "..".
// Errors:  InvalidArgument, naming the path: it leaves the package, is absolute, too long or too deep, holds a
// backslash,
//          a NUL or a control byte, comes twice, lies below a file or a link, or is a link that leads out or in
//          circles.
// Limits:  the constants below; memory is bounded by them.
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hearth::worker {

class PackageTree {
 public:
  static constexpr size_t kMaxPathBytes = 4096;
  static constexpr size_t kMaxNameBytes = 255;
  static constexpr size_t kMaxDepth = 128;
  static constexpr size_t kMaxNodes = 2 * 65536;  // files, links and directories, named or implied
  static constexpr size_t kMaxTotalPathBytes = size_t{12} << 20;
  static constexpr size_t kMaxTotalTargetBytes = size_t{1} << 20;

  // "" is the package's own root. Drops "." and doubled or trailing slashes.
  static absl::StatusOr<std::string> NormalisePath(std::string_view name);

  // Each returns the directories that must be made for it, outermost first. Paths are normalised.
  absl::StatusOr<std::vector<std::string>> AddDirectory(const std::string& path);
  absl::StatusOr<std::vector<std::string>> AddFile(const std::string& path);
  absl::StatusOr<std::vector<std::string>> AddLink(const std::string& path, std::string_view target);

  // Once everything is added: whether every link stays inside, following links on its way. A dangling link may.
  absl::Status CheckLinks() const;

 private:
  enum class Kind : uint8_t { kDirectory, kFile, kLink };

  absl::Status Insert(const std::string& path, Kind kind);
  absl::StatusOr<std::vector<std::string>> AddLeaf(const std::string& path, Kind kind);
  absl::StatusOr<std::vector<std::string>> AddParents(const std::string& path);
  absl::Status CheckLink(const std::string& path, const std::string& target, size_t& steps) const;

  absl::flat_hash_map<std::string, Kind> nodes_;
  absl::flat_hash_map<std::string, std::string> link_targets_;
  size_t path_bytes_ = 0;
  size_t target_bytes_ = 0;
};

}  // namespace hearth::worker
