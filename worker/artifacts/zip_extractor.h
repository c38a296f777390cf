// ExtractZip inflates a code package: into a directory, or into nothing, only to count.
//
// Shapes:  the archive is a seekable descriptor; the destination an empty directory, or -1 to check only. Both ways
//          decide the same about every archive.
// Errors:  FailedPrecondition: not a zip. NotFound: no entries. OutOfRange: more than kMaxUnzippedBytes, counted while
//          inflating. ResourceExhausted: disk full. InvalidArgument: refused, with the reason. What was written before
//          an error stays: the caller removes the directory.
// Threads: one thread of a process that holds nothing else (extract_main.cc).
// Source:  libarchive; docs/sandbox_security.md "Packages".
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"

namespace hearth::worker {

struct ExtractSummary {
  int64_t unzipped_bytes = 0;
  int64_t entries = 0;
};

absl::StatusOr<ExtractSummary> ExtractZip(int archive_fd, int destination_fd);

}  // namespace hearth::worker
