#include "common/failpoint.h"

#include <cstdlib>
#include <optional>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace hearth {
namespace {

constexpr std::string_view kDelay = "delay:";

std::optional<std::chrono::milliseconds> DelayOf(std::string_view action) {
  if (!action.starts_with(kDelay)) return std::nullopt;
  action.remove_prefix(kDelay.size());
  int delay_ms = 0;
  if (!absl::SimpleAtoi(absl::string_view(action.data(), action.size()), &delay_ms) || delay_ms < 0) {
    return std::nullopt;
  }
  return std::chrono::milliseconds(delay_ms);
}

std::string_view EnvironmentText() {
  const char* text = std::getenv("HEARTH_FAILPOINT");
  return text == nullptr ? std::string_view() : text;
}

}  // namespace

absl::StatusOr<ArmedFailpoints> ParseFailpoints(std::string_view text) {
  ArmedFailpoints armed;
  for (const absl::string_view item :
       absl::StrSplit(absl::string_view(text.data(), text.size()), ',', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(item, absl::MaxSplits('=', 1));
    const auto& [name, action] = parts;
    if (name.empty() || (action != "abort" && action != "error" && !DelayOf(action))) {
      return absl::InvalidArgumentError(
          absl::StrCat("HEARTH_FAILPOINT: '", item, "' is not name=abort, name=error or name=delay:MS"));
    }
    armed.insert(parts);
  }
  return armed;
}

absl::Status CheckFailpoints() { return ParseFailpoints(EnvironmentText()).status(); }

absl::Status ReachFailpoint(std::string_view name) {
  static const ArmedFailpoints armed = ParseFailpoints(EnvironmentText()).value_or(ArmedFailpoints());
  const auto it = armed.find(name);
  if (it == armed.end()) return absl::OkStatus();
  const std::string& action = it->second;
  if (action == "abort") std::abort();
  if (const std::optional<std::chrono::milliseconds> delay = DelayOf(action)) {
    std::this_thread::sleep_for(*delay);
    return absl::OkStatus();
  }
  return absl::UnavailableError(absl::StrCat("failpoint ", absl::string_view(name.data(), name.size())));
}

}  // namespace hearth
