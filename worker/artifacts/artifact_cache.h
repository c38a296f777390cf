// ArtifactCache turns a code hash into an unpacked, read-only directory, once per hash.
//
// Shapes:  hashes are 64 lower-case hex digits of the zip. The directory stays while a lease on it lives.
// Errors:  what the fetcher answers; InvalidArgument when the archive is refused or the hash is not one; DataLoss when
//          the bytes do not match the hash; ResourceExhausted when the disk is full. A failed attempt leaves nothing
//          behind. Open: FailedPrecondition while another process has the directory.
// Threads: any thread; Acquire blocks while the package is fetched and unpacked, once for all who ask together.
// Limits:  unused packages are removed, least recently used first, past `max_bytes`, whenever a package is added.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hearth::worker {

class ArtifactFetcher {
 public:
  virtual ~ArtifactFetcher() = default;
  // Writes the package to `file_descriptor`. Blocks.
  virtual absl::Status Fetch(const std::string& code_sha256, int file_descriptor) = 0;
};

class ArtifactLease {
 public:
  virtual ~ArtifactLease() = default;
  virtual const std::string& directory() const = 0;
};

struct ArtifactCacheOptions {
  std::string directory;       // created 0755: sandboxes bind what is below it
  std::string extract_binary;  // hearth-extract
  int64_t max_bytes = int64_t{2} << 30;
  uint32_t extract_uid = 65534;  // whom hearth-extract becomes when this process is root; it owns the packages' files
};

class ArtifactCache {
 public:
  virtual ~ArtifactCache() = default;
  static absl::StatusOr<std::unique_ptr<ArtifactCache>> Open(ArtifactCacheOptions options, ArtifactFetcher& fetcher);
  virtual absl::StatusOr<std::shared_ptr<const ArtifactLease>> Acquire(const std::string& code_sha256) = 0;
};

}  // namespace hearth::worker
