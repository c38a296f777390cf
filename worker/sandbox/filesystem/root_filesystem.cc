#include "worker/sandbox/filesystem/root_filesystem.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "common/errors.h"
#include "fmt/format.h"
#include "worker/sandbox/filesystem/root_template.h"

namespace hearth::worker {
namespace {

constexpr int64_t kBytesPerInode = 16 * 1024;  // as mke2fs assumes for an ordinary disk
constexpr int64_t kMinTmpInodes = 1024;

absl::Status Attach(int mount, const std::string& at) {
  if (move_mount(mount, "", AT_FDCWD, at.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0) return ErrnoStatus("mount " + at);
  return absl::OkStatus();
}

absl::Status MountTmpfs(const std::string& at, int64_t bytes, int64_t inodes, unsigned long more_flags) {
  const std::string options = fmt::format("mode=1777,size={},nr_inodes={}", bytes, inodes);
  if (mount("tmpfs", at.c_str(), "tmpfs", MS_NOSUID | MS_NODEV | more_flags, options.c_str()) != 0) {
    return ErrnoStatus("mount tmpfs at " + at);
  }
  return absl::OkStatus();
}

absl::Status MountTmp(const SandboxMounts& mounts, const std::string& at) {
  if (mounts.tmp >= 0) return Attach(mounts.tmp, at);
  return MountTmpfs(at, mounts.tmp_bytes, std::max(kMinTmpInodes, mounts.tmp_bytes / kBytesPerInode), 0);
}

// subset=pid leaves out everything but process entries (no /proc/sys, sysrq-trigger, kcore), hidepid=2 hides processes
// one may not trace, here hearth-init. What is mounted is looked at again: a file tree that only looks like procfs has
// been an escape (CVE-2025-31133).
absl::Status MountProc(const std::string& at) {
  if (mount("proc", at.c_str(), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "subset=pid,hidepid=2") != 0) {
    return ErrnoStatus("mount proc");
  }
  struct statfs info;
  if (statfs(at.c_str(), &info) != 0 || info.f_type != PROC_SUPER_MAGIC) {
    return absl::InternalError("what was mounted at /proc is not a proc file system");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<UniqueFd> MakeIdentityMount(uint32_t owner) {
  const UniqueFd context(fsopen("tmpfs", FSOPEN_CLOEXEC));
  if (!context.valid()) return ErrnoStatus("open a file system for the identity token");
  const std::pair<const char*, std::string> options[] = {{"source", "identity"},
                                                         {"mode", "0755"},
                                                         {"size", "64k"},
                                                         {"nr_inodes", "8"},
                                                         {"uid", fmt::format("{}", owner)},
                                                         {"gid", fmt::format("{}", owner)}};
  for (const auto& [key, value] : options) {
    if (fsconfig(context.get(), FSCONFIG_SET_STRING, key, value.c_str(), 0) != 0) {
      return ErrnoStatus(fmt::format("tmpfs option {}", key));
    }
  }
  if (fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return ErrnoStatus("make a tmpfs");
  UniqueFd mount(fsmount(context.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
  if (!mount.valid()) return ErrnoStatus("mount a tmpfs");
  return mount;
}

absl::Status MountSandboxFiles(const SandboxMounts& mounts) {
  const std::string root = kTemplateRoot;
  constexpr int64_t kShmBytes = 64 * 1024 * 1024;
  RETURN_IF_ERROR(MountFunctionFiles(mounts, root));
  if (mounts.identity >= 0) RETURN_IF_ERROR(Attach(mounts.identity, root + "/run/hearth"));
  RETURN_IF_ERROR(Attach(mounts.passwd, root + "/etc/passwd"));
  RETURN_IF_ERROR(MountTmp(mounts, root + "/tmp"));
  RETURN_IF_ERROR(MountTmpfs(root + "/dev/shm", kShmBytes, kMinTmpInodes, MS_NOEXEC));
  return MountProc(root + "/proc");
}

absl::Status MountFunctionFiles(const SandboxMounts& mounts, const std::string& root) {
  if (mounts.task >= 0) RETURN_IF_ERROR(Attach(mounts.task, root + "/var/task"));
  if (mounts.runtime >= 0) RETURN_IF_ERROR(Attach(mounts.runtime, root + "/var/runtime"));
  return mounts.layers >= 0 ? Attach(mounts.layers, root + "/opt") : absl::OkStatus();
}

absl::Status PivotInto(const std::string& directory) {
  if (chdir(directory.c_str()) != 0) return ErrnoStatus("chdir " + directory);
  if (syscall(SYS_pivot_root, ".", ".") != 0) return ErrnoStatus("pivot_root into " + directory);
  if (umount2(".", MNT_DETACH) != 0) return ErrnoStatus("detach the old root");
  if (chdir("/") != 0) return ErrnoStatus("chdir /");
  return absl::OkStatus();
}

}  // namespace hearth::worker
