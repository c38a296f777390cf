#include "worker/environments/parked/parked_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/errors.h"
#include "common/limits.h"

namespace hearth::worker {
namespace {

constexpr char kPython[] = "python";
constexpr char kNode[] = "node";

// Read once, by the dynamic loader, libc, OpenSSL or the interpreter, when a process begins: to a runtime that booted
// before its function was known they would come too late.
constexpr std::string_view kReadAtStart[] = {
    "LD_",
    "GLIBC_",
    "MALLOC_",
    "LC_",
    "PYTHON",
    "NODE_",
    "UV_",
    "V8_",
    "OPENSSL",
    "SSL_",
    "ICU_",
    "GCONV_PATH",
    "LOCPATH",
    "LANG",
    "TZDIR",
    "RES_OPTIONS",
    "LOCALDOMAIN",
    "HOSTALIASES",
    "AWS_LAMBDA_EXEC_WRAPPER",
};
// Begins like one of them; Node itself never looks at it.
constexpr std::string_view kReadLater[] = {"NODE_ENV"};

bool MustBeThereAtStart(std::string_view name) {
  if (std::find(std::begin(kReadLater), std::end(kReadLater), name) != std::end(kReadLater)) return false;
  return std::any_of(std::begin(kReadAtStart), std::end(kReadAtStart),
                     [name](std::string_view prefix) { return name.starts_with(prefix); });
}

bool FitsABootedRuntime(const node::EnvironmentSpec& spec) {
  return std::none_of(spec.environment().begin(), spec.environment().end(),
                      [](const auto& variable) { return MustBeThereAtStart(variable.first); });
}

}  // namespace

std::vector<ParkedKind> KindsThatFit(const node::EnvironmentSpec& spec) {
  std::vector<ParkedKind> kinds;
  if (spec.ephemeral_storage_mb() != kMinEphemeralStorageMb) return kinds;
  if (FitsABootedRuntime(spec)) {
    if (spec.runtime().starts_with("python")) kinds.push_back({kPython, 0});
    if (spec.runtime().starts_with("nodejs")) kinds.push_back({kNode, spec.memory_mb()});
  }
  kinds.push_back({});
  return kinds;
}

absl::StatusOr<std::vector<ParkedKind>> ParseParkedKinds(std::string_view text) {
  std::vector<ParkedKind> kinds;
  for (absl::string_view word :
       absl::StrSplit(absl::string_view(text.data(), text.size()), ',', absl::SkipWhitespace())) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(word, absl::MaxSplits(':', 1));
    const absl::string_view name = absl::StripAsciiWhitespace(parts.first);
    int memory_mb = 0;
    const bool sized = absl::SimpleAtoi(parts.second, &memory_mb);
    if (name == "provided" && parts.second.empty()) {
      kinds.push_back({});
    } else if (name == kPython && parts.second.empty()) {
      kinds.push_back({kPython, 0});
    } else if (name == "nodejs" && sized && memory_mb >= kMinMemoryMb && memory_mb <= kMaxMemoryMb) {
      kinds.push_back({kNode, memory_mb});
    } else {
      return absl::InvalidArgumentError(fmt::format(
          "'{}' is no kind of parked environment: provided, python or nodejs:MEMORY_MB", std::string(word)));
    }
  }
  return kinds;
}

std::string NameOf(const ParkedKind& kind) {
  if (kind.runtime.empty()) return "provided";
  return kind.runtime == kNode ? fmt::format("nodejs:{}", kind.memory_mb) : kind.runtime;
}

}  // namespace hearth::worker
