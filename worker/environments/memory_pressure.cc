#include "worker/environments/memory_pressure.h"

#include <fmt/format.h>

#include <fstream>
#include <string_view>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace hearth::worker {
namespace {

// A line is "MemAvailable:    1234 kB".
absl::StatusOr<int64_t> ReadField(const std::string& path, std::string_view name) {
  const std::string prefix = fmt::format("{}:", name);
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(prefix)) continue;
    const std::vector<std::string> words = absl::StrSplit(line.substr(prefix.size()), ' ', absl::SkipEmpty());
    int64_t kib = 0;
    if (!words.empty() && absl::SimpleAtoi(words[0], &kib) && kib >= 0) return kib * 1024;
  }
  return absl::NotFoundError(fmt::format("{}: no {}", path, name));
}

}  // namespace

absl::StatusOr<int64_t> AvailableMemoryBytes(const std::string& meminfo_path) {
  return ReadField(meminfo_path, "MemAvailable");
}

absl::StatusOr<int64_t> TotalMemoryBytes(const std::string& meminfo_path) {
  return ReadField(meminfo_path, "MemTotal");
}

}  // namespace hearth::worker
