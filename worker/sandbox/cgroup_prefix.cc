// What may be the name of a worker's cgroups; apart from cgroup.cc, since the worker checks it and holds no cgroup.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "worker/sandbox/cgroup.h"

namespace hearth::worker {

absl::Status CheckCgroupPrefix(std::string_view prefix) {
  const absl::string_view text(prefix.data(), prefix.size());
  if (text.size() > 200 || !absl::StartsWith(text, "hearth")) {
    return absl::InvalidArgumentError("the cgroup prefix must begin with \"hearth\": everything below it is killed");
  }
  for (const absl::string_view part : absl::StrSplit(text, '/')) {
    const bool plain = std::all_of(part.begin(), part.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
    });
    if (part.empty() || part == "." || part == ".." || !plain) {
      return absl::InvalidArgumentError(fmt::format("cgroup prefix {}: use letters, digits, - _ . and /", prefix));
    }
  }
  return absl::OkStatus();
}

}  // namespace hearth::worker
