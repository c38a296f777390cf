#include "worker/logs/platform_lines.h"

#include <fmt/format.h>

namespace hearth::worker {
namespace {

std::string StatusSuffix(const PhaseStatus& status) {
  switch (status.kind) {
    case PhaseStatus::Kind::kSuccess:
      return "";
    case PhaseStatus::Kind::kTimeout:
      return "\tStatus: timeout";
    case PhaseStatus::Kind::kError:
      return fmt::format("\tStatus: error\tError Type: {}", status.error_type);
  }
  return "";
}

}  // namespace

// Rounded to the nearest hundredth in integers, so that no figure depends on a floating-point mode.
std::string FormatMillis(std::chrono::microseconds duration) {
  const int64_t hundredths = (duration.count() + 5) / 10;
  return fmt::format("{}.{:02}", hundredths / 100, hundredths % 100);
}

std::string FormatSeconds(std::chrono::milliseconds duration) {
  const int64_t hundredths = (duration.count() + 5) / 10;
  return fmt::format("{}.{:02}", hundredths / 100, hundredths % 100);
}

int64_t BilledMillis(std::chrono::microseconds duration) { return (duration.count() + 999) / 1000; }

std::string InitStartLine(std::string_view version_text, std::string_view version_arn) {
  return fmt::format("INIT_START Runtime Version: {}\tRuntime Version ARN: {}\n", version_text, version_arn);
}

std::string InitReportLine(std::chrono::microseconds duration, InitPhase phase, const PhaseStatus& status) {
  return fmt::format("INIT_REPORT Init Duration: {} ms\tPhase: {}{}\n", FormatMillis(duration),
                     phase == InitPhase::kInit ? "init" : "invoke", StatusSuffix(status));
}

std::string StartLine(std::string_view request_id, std::string_view version) {
  return fmt::format("START RequestId: {} Version: {}\n", request_id, version);
}

std::string EndLine(std::string_view request_id) { return fmt::format("END RequestId: {}\n", request_id); }

// Success ends in a tab; a failure's suffix takes its place. Source: recorded lines of both kinds.
std::string ExtensionLine(std::string_view name, std::string_view state, const std::vector<std::string>& events,
                          std::string_view error_type) {
  return fmt::format("EXTENSION\tName: {}\tState: {}\tEvents: [{}]{}{}\n", name, state, fmt::join(events, ", "),
                     error_type.empty() ? "" : "\tError Type: ", error_type);
}

std::string ReportLine(const ReportFigures& figures) {
  std::string line = fmt::format(
      "REPORT RequestId: {}\tDuration: {} ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax Memory Used: {} MB",
      figures.request_id, FormatMillis(figures.duration), BilledMillis(figures.duration), figures.memory_size_mb,
      figures.max_memory_used_mb);
  if (figures.init_duration) line += fmt::format("\tInit Duration: {} ms", FormatMillis(*figures.init_duration));
  const bool success = figures.status.kind == PhaseStatus::Kind::kSuccess;
  line += fmt::format("{}\n", success ? "\t" : StatusSuffix(figures.status));
  return line;
}

std::string LogStreamName(WallTime now, std::string_view function_name, std::string_view version,
                          std::string_view log_group, std::string_view hex) {
  const std::string day = FormatIsoMillis(now).substr(0, 10);  // "2026-01-31"
  const bool own_group = log_group == fmt::format("/aws/lambda/{}", function_name);
  return fmt::format("{}/{}/{}/{}[{}]{}", day.substr(0, 4), day.substr(5, 2), day.substr(8, 2),
                     own_group ? "" : function_name, version, hex);
}

}  // namespace hearth::worker
