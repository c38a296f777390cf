// Cgroups on v1: one hierarchy per controller, here cpu, memory, pids, freezer per sandbox and devices for all of them.
#include <fcntl.h>
#include <libcgroup.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "common/errors.h"
#include "fmt/format.h"
#include "worker/sandbox/cgroup.h"

namespace hearth::worker::cgroup_internal {
namespace {

enum Hierarchy { kCpu, kMemory, kPids, kFreezer, kDevices, kHierarchies };
constexpr const char* kNames[kHierarchies] = {"cpu", "memory", "pids", "freezer", "devices"};
constexpr Hierarchy kPerSandbox[] = {kCpu, kMemory, kPids, kFreezer};

// An empty group that stays FROZEN. The kernel patches its own text each time the number of frozen groups leaves or
// reaches zero, which would make every freeze and thaw cost a tenth of a millisecond and interrupt all CPUs.
constexpr char kIceGroup[] = "_ice";

constexpr std::chrono::seconds kLeftoverLimit{2};

constexpr char kUsualShares[] = "1024";   // the kernel's default
constexpr char kYieldingShares[] = "16";  // 2 is the least; this one still gets somewhere on a busy machine

class CgroupsV1 final : public Cgroups {
 public:
  explicit CgroupsV1(std::string prefix) : prefix_(std::move(prefix)) {}

  absl::Status Prepare(Clock& clock);

  int version() const override { return 1; }
  absl::StatusOr<NewCgroup> Create(const std::string& id, const CgroupLimits& limits) override;
  absl::Status Limit(const std::string& id, const CgroupLimits& limits) override;
  absl::Status Thaw(const std::string& id) override;
  absl::Status Remove(const std::string& id) override;
  void RemovePrefix() override;

 private:
  absl::Status TakePrefix(Clock& clock);
  absl::Status OpenHierarchies();
  absl::Status RemoveLeftovers(Clock& clock);
  absl::Status RestrictDevices();
  absl::Status FreezeIce();

  absl::Status CreateIn(Hierarchy hierarchy, const std::string& id, const CgroupLimits& limits, NewCgroup& group);
  absl::Status LimitMemory(const UniqueFd& directory, int64_t bytes, CgroupFiles& files);

  const std::string prefix_;
  PrefixDirectory directories_[kHierarchies];
  UniqueFd device_tasks_;
};

absl::Status CgroupsV1::Prepare(Clock& clock) {
  RETURN_IF_ERROR(TakePrefix(clock));
  RETURN_IF_ERROR(RemoveLeftovers(clock));
  RETURN_IF_ERROR(RestrictDevices());
  return FreezeIce();
}

absl::Status CgroupsV1::TakePrefix(Clock& clock) {
  for (int attempt = 0; attempt < kMaxPrefixAttempts; ++attempt) {
    RETURN_IF_ERROR(OpenHierarchies());
    RETURN_IF_ERROR(LockPrefix(directories_[kFreezer], clock));
    if (std::all_of(std::begin(directories_), std::end(directories_), StillThere)) return absl::OkStatus();
  }
  return absl::UnavailableError(fmt::format("cgroup {} is removed again and again", prefix_));
}

absl::Status CgroupsV1::OpenHierarchies() {
  for (int hierarchy = 0; hierarchy < kHierarchies; ++hierarchy) {
    ASSIGN_OR_RETURN(const std::string mount_point, MountPoint(kNames[hierarchy]));
    ASSIGN_OR_RETURN(directories_[hierarchy], MakePrefix(mount_point, prefix_));
  }
  return absl::OkStatus();
}

// libcgroup deletes the groups an earlier launcher left; it moves processes to the parent group instead of ending them,
// so they are killed first, and thawed, since a frozen process does not die.
absl::Status CgroupsV1::RemoveLeftovers(Clock& clock) {
  const bool empty = WaitUntil(clock, kLeftoverLimit, [this] {
    int left = 0;
    for (const PrefixDirectory& hierarchy : directories_) {
      left += KillAllBelow(hierarchy.path).value_or(0);
    }
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(directories_[kFreezer].path, ignored)) {
      if (!entry.is_directory(ignored)) continue;
      const std::string group = entry.path().filename().string() + "/freezer.state";
      WriteFile(directories_[kFreezer].directory, group.c_str(), "THAWED").IgnoreError();
    }
    return left == 0;
  });
  if (!empty) return absl::DeadlineExceededError(fmt::format("processes in cgroup {} do not die", prefix_));
  for (int hierarchy = 0; hierarchy < kHierarchies; ++hierarchy) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(directories_[hierarchy].path, ignored)) {
      if (!entry.is_directory(ignored)) continue;
      const std::string name = prefix_ + "/" + entry.path().filename().string();
      cgroup* const group = cgroup_new_cgroup(name.c_str());
      if (group == nullptr) return absl::ResourceExhaustedError("cgroup_new_cgroup");
      cgroup_add_controller(group, kNames[hierarchy]);
      const int failed = cgroup_delete_cgroup_ext(group, CGFLAG_DELETE_RECURSIVE);
      cgroup* owned = group;
      cgroup_free(&owned);
      if (failed != 0) {
        return absl::InternalError(fmt::format("remove leftover cgroup {}: {}", name, cgroup_strerror(failed)));
      }
    }
  }
  return absl::OkStatus();
}

// The five devices of the sandbox's /dev and no other, set once: groups of one hierarchy share it, so each sandbox
// joins this one instead of having its own. A second lock behind nodev mounts and the lack of CAP_MKNOD.
absl::Status CgroupsV1::RestrictDevices() {
  const UniqueFd& devices = directories_[kDevices].directory;
  RETURN_IF_ERROR(WriteFile(devices, "devices.deny", "a"));
  for (const int minor : {3, 5, 7, 8, 9}) {  // null zero full random urandom
    RETURN_IF_ERROR(WriteFile(devices, "devices.allow", fmt::format("c 1:{} rw", minor)));
  }
  ASSIGN_OR_RETURN(device_tasks_, OpenFile(devices, "tasks", O_WRONLY));
  return absl::OkStatus();
}

absl::Status CgroupsV1::FreezeIce() {
  ASSIGN_OR_RETURN(const UniqueFd ice, MakeGroup(directories_[kFreezer].directory, kIceGroup));
  return WriteFile(ice, "freezer.state", "FROZEN");
}

absl::StatusOr<NewCgroup> CgroupsV1::Create(const std::string& id, const CgroupLimits& limits) {
  NewCgroup group;
  for (const Hierarchy hierarchy : kPerSandbox) {
    const absl::Status made = CreateIn(hierarchy, id, limits, group);
    if (made.ok()) continue;
    // A group of this name that was there before is not ours to remove.
    if (!absl::IsAlreadyExists(made)) Remove(id).IgnoreError();
    return made;
  }
  UniqueFd devices(fcntl(device_tasks_.get(), F_DUPFD_CLOEXEC, 0));
  if (!devices.valid()) return ErrnoStatus("dup the device group's task file");
  group.task_files.push_back(std::move(devices));
  return group;
}

absl::Status CgroupsV1::CreateIn(Hierarchy hierarchy, const std::string& id, const CgroupLimits& limits,
                                 NewCgroup& group) {
  ASSIGN_OR_RETURN(const UniqueFd directory, MakeGroup(directories_[hierarchy].directory, id));
  ASSIGN_OR_RETURN(UniqueFd tasks, OpenFile(directory, "tasks", O_WRONLY));
  group.task_files.push_back(std::move(tasks));
  switch (hierarchy) {
    case kCpu: {
      RETURN_IF_ERROR(WriteFile(directory, "cpu.cfs_period_us", fmt::format("{}", kCpuPeriodMicros)));
      if (limits.yields_cpu) RETURN_IF_ERROR(WriteFile(directory, "cpu.shares", kYieldingShares));
      ASSIGN_OR_RETURN(group.files.cpu, OpenFile(directory, "cpu.cfs_quota_us", O_RDWR));
      return absl::OkStatus();
    }
    case kMemory:
      return LimitMemory(directory, limits.memory_bytes, group.files);
    case kPids:
      return WriteFile(directory, "pids.max", fmt::format("{}", limits.max_processes));
    case kFreezer: {
      ASSIGN_OR_RETURN(group.files.freezer, OpenFile(directory, "freezer.state", O_RDWR));
      return absl::OkStatus();
    }
    case kDevices:
    case kHierarchies:
      break;
  }
  return absl::InternalError("no such per-sandbox hierarchy");
}

// memory.limit_in_bytes includes kernel memory (page tables, sockets, tmpfs) unless the machine was booted with
// cgroup.memory=nokmem; memory.kmem.limit_in_bytes is deprecated and not needed. memsw equals memory: no swap.
absl::Status CgroupsV1::LimitMemory(const UniqueFd& directory, int64_t bytes, CgroupFiles& files) {
  const std::string limit = fmt::format("{}", bytes);
  RETURN_IF_ERROR(WriteFile(directory, "memory.limit_in_bytes", limit));
  if (HasFile(directory, "memory.memsw.limit_in_bytes")) {
    RETURN_IF_ERROR(WriteFile(directory, "memory.memsw.limit_in_bytes", limit));
  }
  ASSIGN_OR_RETURN(files.memory_peak, OpenFile(directory, "memory.max_usage_in_bytes", O_RDWR));
  ASSIGN_OR_RETURN(files.oom_events, OpenFile(directory, "memory.oom_control", O_RDONLY));
  return absl::OkStatus();
}

// The memory limit may never exceed that of memory and swap: which of the two goes first depends on the direction.
absl::Status CgroupsV1::Limit(const std::string& id, const CgroupLimits& limits) {
  const UniqueFd& memory = directories_[kMemory].directory;
  const std::string file = id + "/memory.limit_in_bytes";
  const std::string with_swap = id + "/memory.memsw.limit_in_bytes";
  const std::string bytes = fmt::format("{}", limits.memory_bytes);
  absl::Status lowered = WriteFile(memory, file.c_str(), bytes);
  if (HasFile(memory, with_swap.c_str())) {
    RETURN_IF_ERROR(WriteFile(memory, with_swap.c_str(), bytes));
    if (!lowered.ok()) lowered = WriteFile(memory, file.c_str(), bytes);
  }
  RETURN_IF_ERROR(lowered);
  const char* const shares = limits.yields_cpu ? kYieldingShares : kUsualShares;
  return WriteFile(directories_[kCpu].directory, (id + "/cpu.shares").c_str(), shares);
}

absl::Status CgroupsV1::Thaw(const std::string& id) {
  return WriteFile(directories_[kFreezer].directory, (id + "/freezer.state").c_str(), "THAWED");
}

absl::Status CgroupsV1::Remove(const std::string& id) {
  absl::Status result;
  for (const Hierarchy hierarchy : kPerSandbox) {
    result.Update(RemoveGroup(directories_[hierarchy].directory, id));
  }
  return result;
}

void CgroupsV1::RemovePrefix() {
  WriteFile(directories_[kFreezer].directory, (std::string(kIceGroup) + "/freezer.state").c_str(), "THAWED")
      .IgnoreError();
  RemoveGroup(directories_[kFreezer].directory, kIceGroup).IgnoreError();
  for (const PrefixDirectory& hierarchy : directories_) RemovePrefixDirectory(hierarchy);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Cgroups>> OpenV1(const std::string& prefix, Clock& clock) {
  auto cgroups = std::make_unique<CgroupsV1>(prefix);
  RETURN_IF_ERROR(cgroups->Prepare(clock));
  return cgroups;
}

}  // namespace hearth::worker::cgroup_internal
