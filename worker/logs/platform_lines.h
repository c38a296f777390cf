// Platform lines are the records the worker itself writes into a function's log stream, byte for byte as AWS writes
// them.
//
// Shapes:  every line ends in "\n"; durations are rendered in milliseconds with two decimals from microseconds.
// Threads: pure functions.
// Source:  semantics.md §8 (recorded lines).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"

namespace hearth::worker {

// How a phase ended, for "Status: …\tError Type: …".
struct PhaseStatus {
  enum class Kind { kSuccess, kTimeout, kError };
  Kind kind = Kind::kSuccess;
  std::string error_type;  // with kError
};

enum class InitPhase { kInit, kInvoke };

struct ReportFigures {
  std::string_view request_id;
  std::chrono::microseconds duration{0};
  int64_t memory_size_mb = 0;
  int64_t max_memory_used_mb = 0;
  std::optional<std::chrono::microseconds> init_duration;  // only when this invocation was cold
  PhaseStatus status;
};

std::string FormatMillis(std::chrono::microseconds duration);   // "1.23"
std::string FormatSeconds(std::chrono::milliseconds duration);  // "3.00"
int64_t BilledMillis(std::chrono::microseconds duration);       // rounded up

std::string InitStartLine(std::string_view version_text, std::string_view version_arn);
std::string InitReportLine(std::chrono::microseconds duration, InitPhase phase, const PhaseStatus& status);
std::string StartLine(std::string_view request_id, std::string_view version);
std::string EndLine(std::string_view request_id);
std::string ExtensionLine(std::string_view name, std::string_view state, const std::vector<std::string>& events,
                          std::string_view error_type);
std::string ReportLine(const ReportFigures& figures);

// "2026/01/31/[$LATEST]<32 hex>"; in a log group shared between functions the function's name comes before the bracket.
std::string LogStreamName(WallTime now, std::string_view function_name, std::string_view version,
                          std::string_view log_group, std::string_view hex);

}  // namespace hearth::worker
