// `hearth logs` prints what a function wrote, oldest first, and stays to print more with --follow.
//
// Shapes:  one line per event: its time, a '*' if the platform wrote it, its text; further lines of a text
//          are indented, so that what a function writes never stands where the time and the mark do. Control bytes are
//          shown as \xNN.
// Errors:  for the operator; InvalidArgument for a --since that is neither "10m" nor a time.
// Threads: one; with follow it blocks until the process is ended.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/log_reader.h"
#include "common/clock.h"

namespace hearth::cli {

struct LogsOptions {
  std::string function;  // a name or an ARN; with a leading '/' the name of a log group
  bool follow = false;
  std::string since = "10m";  // N followed by s, m, h, d or w; or an RFC 3339 time
  std::string profile;        // of the AWS CLI's files
  std::string region;
  std::string endpoint_url;
};

absl::Status RunLogs(const LogsOptions& options);

std::string ShowLine(const LogLine& line);
std::string LogGroupOf(const std::string& function);
absl::StatusOr<int64_t> ParseSince(const std::string& text, WallTime now);  // Unix milliseconds

}  // namespace hearth::cli
