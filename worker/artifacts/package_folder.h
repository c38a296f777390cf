// PackageFolder keeps unpacked packages on disk: one directory per hash, made whole or not at all.
//
// Shapes:  <directory>/<hash>/ is the package, <directory>/<hash>.size its size in bytes, as text; names beginning with
//          "new-" or "old-" are unfinished business that Open removes.
// Errors:  as ArtifactCache.
// Threads: any thread, one at a time per hash.
// Limits:  nothing is synced: after a reboot (another boot id) Open removes everything.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/unique_fd.h"
#include "worker/artifacts/artifact_cache.h"

namespace hearth::worker {

struct StoredPackage {
  std::string code_sha256;
  int64_t size_bytes = 0;
};

class PackageFolder {
 public:
  explicit PackageFolder(ArtifactCacheOptions options) : options_(std::move(options)) {}

  // Locks and cleans the folder; returns what it holds, oldest first.
  absl::StatusOr<std::vector<StoredPackage>> Open();

  // Fetches, verifies and unpacks. Returns the size of what is now on disk.
  absl::StatusOr<int64_t> Add(const std::string& code_sha256, ArtifactFetcher& fetcher);
  absl::Status Remove(const std::string& code_sha256);
  std::string PathOf(const std::string& code_sha256) const { return options_.directory + "/" + code_sha256; }

 private:
  absl::Status Lock();
  absl::Status ForgetOtherBoots();
  std::string NewName(const char* prefix);
  absl::StatusOr<UniqueFd> Fetch(const std::string& code_sha256, ArtifactFetcher& fetcher) const;
  absl::StatusOr<int64_t> Unpack(int archive_fd, const std::string& into) const;

  const ArtifactCacheOptions options_;
  UniqueFd lock_;
  std::atomic<uint64_t> next_name_{0};
};

}  // namespace hearth::worker
