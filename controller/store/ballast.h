// Ballast is disk space kept in reserve: given up before the database opens, so that a full disk still opens.
//
// Shapes:  one file of `size_bytes`, allocated and not just sparse.
// Errors:  what the file system says; Make on a full disk is ResourceExhausted and changes nothing.
// Threads: one, at start.
// Source:  Debian's RocksDB 7.8.3 aborts when it opens on a full disk (docs/storage_format.md).
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hearth::controller {

class Ballast {
 public:
  Ballast(std::string path, int64_t size_bytes) : path_(std::move(path)), size_bytes_(size_bytes) {}

  absl::Status Release() const;
  // Does nothing when the file stands already; leaves `keep_free_bytes` free.
  absl::Status Make(int64_t keep_free_bytes) const;

 private:
  const std::string path_;
  const int64_t size_bytes_;
};

// What an unprivileged process may still write below `directory`.
absl::StatusOr<int64_t> FreeBytes(const std::string& directory);

}  // namespace hearth::controller
