#include <array>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/packages/extract_client.h"
#include "fmt/format.h"

namespace hearth {
namespace {

struct VerdictName {
  ExtractVerdict verdict;
  std::string_view name;
};
constexpr std::array<VerdictName, 7> kVerdictNames = {{{ExtractVerdict::kOk, "ok"},
                                                       {ExtractVerdict::kNotZip, "not-zip"},
                                                       {ExtractVerdict::kEmpty, "empty"},
                                                       {ExtractVerdict::kTooLarge, "too-large"},
                                                       {ExtractVerdict::kRefused, "refused"},
                                                       {ExtractVerdict::kNoSpace, "no-space"},
                                                       {ExtractVerdict::kFailed, "failed"}}};

// The reason may quote names from a hostile archive: only printable ASCII passes, and not much of it.
std::string Printable(std::string_view text) {
  std::string safe;
  for (const char c : text.substr(0, kMaxExtractReasonBytes)) safe += c >= ' ' && c <= '~' ? c : '?';
  return safe;
}

}  // namespace

std::string FormatExtractReport(const ExtractReport& report) {
  std::string_view name;
  for (const VerdictName& candidate : kVerdictNames) {
    if (candidate.verdict == report.verdict) name = candidate.name;
  }
  if (report.verdict == ExtractVerdict::kOk) {
    return fmt::format("{} {} {}\n", name, report.unzipped_bytes, report.entries);
  }
  return fmt::format("{} {}\n", name, Printable(report.reason));
}

std::optional<ExtractReport> ParseExtractReport(std::string_view line) {
  if (line.empty() || line.back() != '\n') return std::nullopt;
  line.remove_suffix(1);
  const size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const std::string_view rest = line.substr(blank + 1);
  for (const VerdictName& candidate : kVerdictNames) {
    if (candidate.name != line.substr(0, blank)) continue;
    ExtractReport report{.verdict = candidate.verdict};
    if (candidate.verdict != ExtractVerdict::kOk) {
      report.reason = Printable(rest);
      return report;
    }
    const std::vector<std::string> numbers = absl::StrSplit(absl::string_view(rest.data(), rest.size()), ' ');
    if (numbers.size() != 2 || !absl::SimpleAtoi(numbers[0], &report.unzipped_bytes) ||
        !absl::SimpleAtoi(numbers[1], &report.entries) || report.unzipped_bytes < 0 || report.entries < 0) {
      return std::nullopt;
    }
    return report;
  }
  return std::nullopt;
}

}  // namespace hearth
