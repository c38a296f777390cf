// Private files are small files only their owner may read, written whole or not at all.
//
// Errors:  NotFound when absent; FailedPrecondition when group or others have any access; what the file system says.
// Threads: no state; blocks on disk.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace hearth::controller {

absl::StatusOr<std::string> ReadPrivateFile(const std::string& path);
// Mode 0600; durable when it returns (temporary file, fsync, rename, fsync of the folder).
absl::Status WritePrivateFile(const std::string& path, std::string_view contents);

}  // namespace hearth::controller
