// Cgroups on v2: one hierarchy, one group per sandbox with the cpu, memory and pids controllers.
//
// memory.oom.group stays 0: it would end hearth-init with the rest, and with it the sandbox that AWS keeps after an
// out-of-memory kill. The worker resets the environment instead (KillRuntime).
#include <fcntl.h>
#include <libcgroup.h>

#include <filesystem>
#include <system_error>

#include "common/errors.h"
#include "fmt/format.h"
#include "worker/sandbox/cgroup.h"

namespace hearth::worker::cgroup_internal {
namespace {

constexpr char kControllers[] = "+cpu +memory +pids";
constexpr std::chrono::seconds kLeftoverLimit{2};

constexpr char kUsualWeight[] = "100";  // the kernel's default
constexpr char kYieldingWeight[] = "2";

class CgroupsV2 final : public Cgroups {
 public:
  explicit CgroupsV2(std::string prefix) : prefix_(std::move(prefix)) {}

  absl::Status Prepare(Clock& clock);

  int version() const override { return 2; }
  absl::StatusOr<NewCgroup> Create(const std::string& id, const CgroupLimits& limits) override;
  absl::Status Limit(const std::string& id, const CgroupLimits& limits) override;
  absl::Status Thaw(const std::string& id) override;
  absl::Status Remove(const std::string& id) override;
  void RemovePrefix() override;

 private:
  absl::Status EnableControllers(const std::string& mount_point);
  absl::Status RemoveLeftovers(Clock& clock);
  absl::Status Fill(const UniqueFd& directory, const CgroupLimits& limits, CgroupFiles& files);

  const std::string prefix_;
  PrefixDirectory root_;
};

absl::Status CgroupsV2::Prepare(Clock& clock) {
  ASSIGN_OR_RETURN(const std::string mount_point, MountPoint("memory"));
  for (int attempt = 0; attempt < kMaxPrefixAttempts; ++attempt) {
    ASSIGN_OR_RETURN(root_, MakePrefix(mount_point, prefix_));
    RETURN_IF_ERROR(LockPrefix(root_, clock));
    if (StillThere(root_)) break;
  }
  RETURN_IF_ERROR(RemoveLeftovers(clock));
  return EnableControllers(mount_point);
}

// Each group on the way down must hand the controllers on to its children.
absl::Status CgroupsV2::EnableControllers(const std::string& mount_point) {
  std::filesystem::path path(mount_point);
  const auto enable = [](const std::filesystem::path& at) -> absl::Status {
    const UniqueFd directory(open(at.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.valid()) return ErrnoStatus("open " + at.string());
    return WriteFile(directory, "cgroup.subtree_control", kControllers);
  };
  RETURN_IF_ERROR(enable(path));
  for (const std::filesystem::path& part : std::filesystem::path(prefix_)) {
    path /= part;
    RETURN_IF_ERROR(enable(path));
  }
  return absl::OkStatus();
}

absl::Status CgroupsV2::RemoveLeftovers(Clock& clock) {
  // cgroup.kill (5.14) ends a whole tree at once, also what is frozen or forking.
  WriteFile(root_.directory, "cgroup.kill", "1").IgnoreError();
  const bool empty = WaitUntil(clock, kLeftoverLimit, [this] { return KillAllBelow(root_.path).value_or(0) == 0; });
  if (!empty) return absl::DeadlineExceededError(fmt::format("processes in cgroup {} do not die", prefix_));
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(root_.path, ignored)) {
    if (!entry.is_directory(ignored)) continue;
    RETURN_IF_ERROR(RemoveGroup(root_.directory, entry.path().filename()));
  }
  return absl::OkStatus();
}

absl::StatusOr<NewCgroup> CgroupsV2::Create(const std::string& id, const CgroupLimits& limits) {
  NewCgroup group;
  ASSIGN_OR_RETURN(group.directory, MakeGroup(root_.directory, id));
  const absl::Status limited = Fill(group.directory, limits, group.files);
  if (!limited.ok()) {
    Remove(id).IgnoreError();
    return limited;
  }
  return group;
}

absl::Status CgroupsV2::Fill(const UniqueFd& directory, const CgroupLimits& limits, CgroupFiles& files) {
  RETURN_IF_ERROR(WriteFile(directory, "memory.max", fmt::format("{}", limits.memory_bytes)));
  if (HasFile(directory, "memory.swap.max")) RETURN_IF_ERROR(WriteFile(directory, "memory.swap.max", "0"));
  RETURN_IF_ERROR(WriteFile(directory, "pids.max", fmt::format("{}", limits.max_processes)));
  if (limits.yields_cpu) RETURN_IF_ERROR(WriteFile(directory, "cpu.weight", kYieldingWeight));
  ASSIGN_OR_RETURN(files.freezer, OpenFile(directory, "cgroup.freeze", O_RDWR));
  ASSIGN_OR_RETURN(files.cpu, OpenFile(directory, "cpu.max", O_RDWR));
  ASSIGN_OR_RETURN(files.oom_events, OpenFile(directory, "memory.events", O_RDONLY));
  // Writable (a reset) since 6.12; kernels before 5.19 have no peak at all and serve the current use instead.
  absl::StatusOr<UniqueFd> peak = OpenFile(directory, "memory.peak", O_RDWR);
  if (!peak.ok()) peak = OpenFile(directory, "memory.peak", O_RDONLY);
  if (!peak.ok()) peak = OpenFile(directory, "memory.current", O_RDONLY);
  ASSIGN_OR_RETURN(files.memory_peak, std::move(peak));
  return absl::OkStatus();
}

absl::Status CgroupsV2::Limit(const std::string& id, const CgroupLimits& limits) {
  const UniqueFd& root = root_.directory;
  RETURN_IF_ERROR(WriteFile(root, (id + "/memory.max").c_str(), fmt::format("{}", limits.memory_bytes)));
  return WriteFile(root, (id + "/cpu.weight").c_str(), limits.yields_cpu ? kYieldingWeight : kUsualWeight);
}

absl::Status CgroupsV2::Thaw(const std::string& id) {
  return WriteFile(root_.directory, (id + "/cgroup.freeze").c_str(), "0");
}

absl::Status CgroupsV2::Remove(const std::string& id) { return RemoveGroup(root_.directory, id); }

void CgroupsV2::RemovePrefix() { RemovePrefixDirectory(root_); }

}  // namespace

absl::StatusOr<std::unique_ptr<Cgroups>> OpenV2(const std::string& prefix, Clock& clock) {
  auto cgroups = std::make_unique<CgroupsV2>(prefix);
  RETURN_IF_ERROR(cgroups->Prepare(clock));
  return cgroups;
}

}  // namespace hearth::worker::cgroup_internal
