// CodeStore keeps code packages as files named by their SHA-256; a package is written once and never changed.
//
// Shapes:  hashes are 64 lower-case hex digits of the zip as uploaded.
// Errors:  NotFound for an unknown hash, DataLoss when a file no longer matches its name, ResourceExhausted when the
//          disk is nearly full.
// Threads: any thread; blocks on disk.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/unique_fd.h"

namespace hearth::controller {

class CodeStore {
 public:
  // Creates `directory` (mode 0700) when absent.
  static absl::StatusOr<CodeStore> Open(std::string directory, int64_t min_free_bytes);

  // Durable when it returns: temporary file, fsync, rename, fsync of the folder. Returns the hash.
  absl::StatusOr<std::string> Put(std::string_view zip);
  absl::StatusOr<UniqueFd> OpenBlob(std::string_view sha256_hex) const;
  absl::StatusOr<std::string> Read(std::string_view sha256_hex) const;  // verified against its name
  absl::Status Remove(std::string_view sha256_hex);

 private:
  CodeStore(std::string directory, int64_t min_free_bytes);
  std::string PathOf(std::string_view sha256_hex) const;

  std::string directory_;
  int64_t min_free_bytes_;
};

}  // namespace hearth::controller
