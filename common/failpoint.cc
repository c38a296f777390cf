#include "common/failpoint.h"

#include <cstdlib>
#include <map>
#include <string>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace hearth {
namespace {

std::map<std::string, std::string, std::less<>> ReadArmed() {
  std::map<std::string, std::string, std::less<>> armed;
  const char* text = std::getenv("HEARTH_FAILPOINT");
  if (text == nullptr) return armed;
  for (const absl::string_view item : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(item, absl::MaxSplits('=', 1));
    armed.insert(parts);
  }
  return armed;
}

}  // namespace

absl::Status ReachFailpoint(std::string_view name) {
  static const std::map<std::string, std::string, std::less<>> armed = ReadArmed();
  const auto it = armed.find(name);
  if (it == armed.end()) return absl::OkStatus();
  const std::string& action = it->second;
  if (action == "abort") std::abort();
  if (action == "error")
    return absl::UnavailableError(absl::StrCat("failpoint ", absl::string_view(name.data(), name.size())));
  int delay_ms = 0;
  if (action.starts_with("delay:") && absl::SimpleAtoi(action.substr(6), &delay_ms)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms));
  }
  return absl::OkStatus();
}

}  // namespace hearth
