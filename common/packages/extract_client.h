// RunExtract inflates a code package in a separate, unprivileged process (hearth-extract) and reads its verdict.
//
// Shapes:  the archive is a seekable descriptor; the destination an empty directory, open for reading. One line comes
//          back: "ok <unzipped_bytes> <entries>" or "<verdict> <reason>".
// Errors:  Internal when the helper cannot be run, DeadlineExceeded when it takes too long. What is wrong with the
//          archive is a verdict, not an error; a helper that dies of it (CPU or memory limit) says kRefused.
// Threads: any thread; blocks until the process has ended and is reaped.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace hearth {

enum class ExtractVerdict {
  kOk,
  kNotZip,    // not a zip archive at all
  kEmpty,     // a zip archive without entries
  kTooLarge,  // inflates to more than kMaxUnzippedBytes
  kRefused,   // damaged, or holds something a package must not hold; the reason says what
  kNoSpace,   // the destination's disk is full
  kFailed,    // the helper's own trouble
};

struct ExtractReport {
  ExtractVerdict verdict = ExtractVerdict::kFailed;
  int64_t unzipped_bytes = 0;
  int64_t entries = 0;
  std::string reason{};  // printable ASCII, at most kMaxExtractReasonBytes
};

inline constexpr size_t kMaxExtractReasonBytes = 512;

std::string FormatExtractReport(const ExtractReport& report);  // one line
std::optional<ExtractReport> ParseExtractReport(std::string_view line);

struct ExtractRequest {
  std::string binary{};  // path of hearth-extract
  int archive_fd = -1;
  int destination_fd = -1;        // -1: check only, nothing is written
  std::optional<uint32_t> uid{};  // the helper becomes this user; only when this process is root
  std::chrono::milliseconds timeout{60000};
};

absl::StatusOr<ExtractReport> RunExtract(const ExtractRequest& request);

}  // namespace hearth
