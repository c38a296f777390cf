#include "worker/sandbox/channel/cgroup_handle.h"

#include <unistd.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/errors.h"
#include "common/limits.h"
#include "fmt/format.h"

namespace hearth::worker {
namespace {

constexpr int64_t kMinimumQuotaMicros = 1'000;  // the kernel refuses less

absl::Status Write(const UniqueFd& fd, std::string_view text, std::string_view what) {
  if (pwrite(fd.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) return ErrnoStatus(what);
  return absl::OkStatus();
}

absl::StatusOr<std::string> Read(const UniqueFd& fd, std::string_view what) {
  std::string text(4096, '\0');
  const ssize_t size = pread(fd.get(), text.data(), text.size(), 0);
  if (size < 0) return ErrnoStatus(what);
  text.resize(static_cast<size_t>(size));
  return text;
}

}  // namespace

int64_t CpuQuotaMicros(int64_t memory_bytes) {
  const int64_t memory_mb = memory_bytes / (1024 * 1024);
  return std::max(kMinimumQuotaMicros, kCpuPeriodMicros * memory_mb / kMemoryMbPerCore);
}

absl::StatusOr<int64_t> FindCounter(std::string_view text, std::string_view key) {
  for (absl::string_view line : absl::StrSplit(absl::string_view(text.data(), text.size()), '\n')) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(line, absl::MaxSplits(' ', 1));
    int64_t value = 0;
    if (parts.first == absl::string_view(key.data(), key.size()) && absl::SimpleAtoi(parts.second, &value)) {
      return value;
    }
  }
  return absl::NotFoundError(fmt::format("no counter {} in a cgroup file", key));
}

CgroupHandle::CgroupHandle(int version, CgroupFiles files, int64_t memory_bytes)
    : version_(version), files_(std::move(files)), quota_micros_(CpuQuotaMicros(memory_bytes)) {}

absl::Status CgroupHandle::Freeze() { return Write(files_.freezer, version_ == 1 ? "FROZEN" : "1", "freeze"); }

absl::Status CgroupHandle::Thaw() { return Write(files_.freezer, version_ == 1 ? "THAWED" : "0", "thaw"); }

absl::Status CgroupHandle::LiftCpuLimit() {
  return Write(files_.cpu, version_ == 1 ? "-1" : fmt::format("max {}", kCpuPeriodMicros), "lift the CPU limit");
}

absl::Status CgroupHandle::ApplyCpuShare() {
  const std::string quota =
      version_ == 1 ? fmt::format("{}", quota_micros_) : fmt::format("{} {}", quota_micros_, kCpuPeriodMicros);
  return Write(files_.cpu, quota, "apply the CPU share");
}

void CgroupHandle::SetMemory(int64_t memory_bytes) { quota_micros_ = CpuQuotaMicros(memory_bytes); }

absl::StatusOr<int64_t> CgroupHandle::MemoryPeakBytes() {
  ASSIGN_OR_RETURN(const std::string text, Read(files_.memory_peak, "read the memory peak"));
  int64_t bytes = 0;
  if (!absl::SimpleAtoi(absl::StripAsciiWhitespace(text), &bytes)) {
    return absl::InternalError(fmt::format("the kernel reports a memory peak of '{}'", text));
  }
  return bytes;
}

// v2 kernels before 6.12 have no reset: their peak counts from the creation of the sandbox, as sandbox.h allows.
absl::Status CgroupHandle::ResetMemoryPeak() {
  absl::Status reset = Write(files_.memory_peak, "0", "reset the memory peak");
  return version_ == 1 ? reset : absl::OkStatus();
}

absl::StatusOr<int64_t> CgroupHandle::OomKills() {
  ASSIGN_OR_RETURN(const std::string text, Read(files_.oom_events, "read the OOM events"));
  return FindCounter(text, "oom_kill");
}

}  // namespace hearth::worker
