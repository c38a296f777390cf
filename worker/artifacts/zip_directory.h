// CheckZipDirectory reads an archive's central directory and refuses what no honest zip tool writes, before libarchive
// sees a byte of it: wrong counts, entries that overlap, names that differ between the two headers, encryption, other
// compression than stored and deflated, several disks, more than kMaxZipEntries.
//
// Shapes:  returns how many entries there are; memory is 16 bytes for each.
// Errors:  FailedPrecondition: not a zip archive. NotFound: no entries. InvalidArgument: refused, with the reason.
// Threads: any thread; reads with pread(2).
// Source:  PKWARE APPNOTE 6.3.10, sections 4.3 and 4.4.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"

namespace hearth::worker {

inline constexpr int64_t kMaxZipEntries = 65536;
inline constexpr size_t kMaxZipNameBytes = 4096;

absl::StatusOr<int64_t> CheckZipDirectory(int archive_fd);

}  // namespace hearth::worker
