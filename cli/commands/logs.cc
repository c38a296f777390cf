#include "cli/commands/logs.h"

#include <fmt/format.h>
#include <poll.h>

#include <chrono>
#include <cstdio>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "cli/aws_profile.h"
#include "cli/terminal_text.h"
#include "common/errors.h"
#include "common/io/http_client.h"

namespace hearth::cli {
namespace {

constexpr int kFollowIntervalMs = 500;

absl::Status PrintAll(LogReader& reader) {
  for (;;) {
    ASSIGN_OR_RETURN(const std::vector<LogLine> lines, reader.Next());
    if (lines.empty()) return absl::OkStatus();
    for (const LogLine& line : lines) fmt::print("{}", ShowLine(line));
    std::fflush(stdout);
  }
}

}  // namespace

std::string ShowLine(const LogLine& line) {
  const std::string head =
      fmt::format("{} {} ", FormatIsoMillis(FromUnixMillis(line.time_ms)), line.by_platform ? '*' : ' ');
  std::string text = SafeForTerminal(line.message);
  if (text.ends_with('\n')) text.pop_back();
  return head + absl::StrReplaceAll(text, {{"\n", "\n" + std::string(head.size(), ' ')}}) + "\n";
}

std::string LogGroupOf(const std::string& function) {
  if (function.starts_with('/')) return function;
  constexpr std::string_view kArnPart = ":function:";
  const size_t arn_part = function.find(kArnPart);
  const std::string name = arn_part == std::string::npos ? function : function.substr(arn_part + kArnPart.size());
  return "/aws/lambda/" + name.substr(0, name.find(':'));
}

absl::StatusOr<int64_t> ParseSince(const std::string& text, WallTime now) {
  constexpr std::string_view kUnits = "smhdw";
  constexpr int64_t kUnitSeconds[] = {1, 60, 3600, 86400, 604800};
  constexpr int64_t kMaxAmount = 1000000;
  const size_t unit = text.empty() ? std::string_view::npos : kUnits.find(text.back());
  int64_t amount = 0;
  if (unit != std::string_view::npos && absl::SimpleAtoi(text.substr(0, text.size() - 1), &amount) && amount >= 0 &&
      amount <= kMaxAmount) {
    return UnixMillis(now) - amount * kUnitSeconds[unit] * 1000;
  }
  absl::Time time;
  std::string error;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return absl::ToUnixMillis(time);
  return absl::InvalidArgumentError(fmt::format(
      "--since {}: give a number and one of s, m, h, d, w (as 10m), or a time as 2026-01-31T09:30:00Z", text));
}

absl::Status RunLogs(const LogsOptions& options) {
  RealClock clock;
  ASSIGN_OR_RETURN(const int64_t start_ms, ParseSince(options.since, clock.Wall()));
  ASSIGN_OR_RETURN(AwsProfile profile,
                   LoadAwsProfile({options.profile, options.region, options.endpoint_url}, ProcessVariable));
  const std::unique_ptr<HttpClient> client = HttpClient::Create();
  const std::string group = LogGroupOf(options.function);
  LogReader reader(*client, clock, std::move(profile), group, start_ms);
  for (;;) {
    const absl::Status status = PrintAll(reader);
    if (absl::IsNotFound(status) && !options.follow) {
      return absl::NotFoundError(fmt::format("there is no log group {}: the function has not run yet", group));
    }
    // A function that has not run yet, or a controller that restarts: whoever follows waits for it.
    const bool may_pass = absl::IsNotFound(status) || absl::IsUnavailable(status);
    if (!status.ok() && !(options.follow && may_pass)) return status;
    if (!options.follow) return absl::OkStatus();
    poll(nullptr, 0, kFollowIntervalMs);
  }
}

}  // namespace hearth::cli
