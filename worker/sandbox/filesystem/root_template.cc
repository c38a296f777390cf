#include "worker/sandbox/filesystem/root_template.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/errors.h"
#include "fmt/format.h"
#include "worker/sandbox/filesystem/host_files.h"
#include "worker/sandbox/filesystem/root_filesystem.h"

namespace hearth::worker {
namespace {

// Where the new root is assembled before the process moves into it. /dev is on every machine a launcher can run on, and
// what is under it is not needed while it is covered; host paths such as /tmp or /mnt may be links, missing or in use.
constexpr char kStage[] = "/dev";

absl::Status MakeDirectory(const std::string& path, mode_t mode = 0755) {
  if (mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return ErrnoStatus("mkdir " + path);
  return absl::OkStatus();
}

absl::Status Mount(const std::string& type, const std::string& at, unsigned long flags, const std::string& options) {
  RETURN_IF_ERROR(MakeDirectory(at));
  if (mount(type.c_str(), at.c_str(), type.c_str(), flags, options.c_str()) != 0) {
    return ErrnoStatus(fmt::format("mount {} at {}", type, at));
  }
  return absl::OkStatus();
}

// Binds a host tree with everything mounted below it. `attributes` of 0 leaves it as it is.
absl::Status BindTree(const std::string& from, const std::string& to, uint64_t attributes) {
  const UniqueFd tree(open_tree(AT_FDCWD, from.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
  if (!tree.valid()) return ErrnoStatus("open_tree " + from);
  mount_attr attr{};
  attr.attr_set = attributes;
  if (attributes != 0 && mount_setattr(tree.get(), "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) != 0) {
    return ErrnoStatus("mount_setattr " + from);
  }
  RETURN_IF_ERROR(MakeDirectory(to));
  if (move_mount(tree.get(), "", AT_FDCWD, to.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0) {
    return ErrnoStatus(fmt::format("move_mount {} to {}", from, to));
  }
  return absl::OkStatus();
}

constexpr uint64_t kReadOnlyTree = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

// /bin, /lib and their kin are links into /usr on a merged system, directories of their own otherwise.
absl::Status MirrorSystemDirectories(const std::string& root) {
  RETURN_IF_ERROR(BindTree("/usr", root + "/usr", kReadOnlyTree));
  for (const char* name : {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}) {
    struct stat info;
    if (lstat(name, &info) != 0) continue;
    if (S_ISDIR(info.st_mode)) {
      RETURN_IF_ERROR(BindTree(name, root + name, kReadOnlyTree));
    } else {
      RETURN_IF_ERROR(CopySymlink(name, root + name));
    }
  }
  return absl::OkStatus();
}

absl::Status MakeDevices(const std::string& dev) {
  RETURN_IF_ERROR(Mount("tmpfs", dev, MS_NOSUID | MS_NOEXEC, "mode=0755,size=64k,nr_inodes=32"));
  const struct {
    const char* name;
    unsigned minor;
  } nodes[] = {{"null", 3}, {"zero", 5}, {"full", 7}, {"random", 8}, {"urandom", 9}};
  for (const auto& node : nodes) {
    const std::string path = dev + "/" + node.name;
    if (mknod(path.c_str(), S_IFCHR | 0666, makedev(1, node.minor)) != 0) return ErrnoStatus("mknod " + path);
    if (chmod(path.c_str(), 0666) != 0) return ErrnoStatus("chmod " + path);
  }
  const std::pair<const char*, const char*> links[] = {{"/proc/self/fd", "/fd"},
                                                       {"/proc/self/fd/0", "/stdin"},
                                                       {"/proc/self/fd/1", "/stdout"},
                                                       {"/proc/self/fd/2", "/stderr"}};
  for (const auto& [target, name] : links) {
    if (symlink(target, (dev + name).c_str()) != 0) return ErrnoStatus("symlink " + dev + name);
  }
  return MakeDirectory(dev + "/shm");
}

absl::Status MakeEmptyDirectories(const std::string& root) {
  // The two lib directories are covered by every function's files. The dynamic loader of a runtime that boots before
  // they come looks into the directories of LD_LIBRARY_PATH, and never again into one that it did not find.
  for (const char* name : {"/proc", "/tmp", "/opt", "/opt/lib", "/run", "/run/hearth", "/var", "/var/task",
                           "/var/task/lib", "/var/runtime", "/var/lang", "/var/lang/bin", "/var/tmp"}) {
    RETURN_IF_ERROR(MakeDirectory(root + name));
  }
  return absl::OkStatus();
}

// What sandboxes share is sealed: no sandbox can write it even if it became root.
absl::Status MakeReadOnly(const std::string& path, uint64_t attributes) {
  mount_attr attr{};
  attr.attr_set = attributes | MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOATIME;
  attr.attr_clr = MOUNT_ATTR__ATIME;
  if (mount_setattr(AT_FDCWD, path.c_str(), 0, &attr, sizeof(attr)) != 0) return ErrnoStatus("mount_setattr " + path);
  return absl::OkStatus();
}

absl::Status BuildTemplate(const std::string& root) {
  RETURN_IF_ERROR(Mount("tmpfs", root, MS_NOSUID | MS_NODEV, "mode=0755,size=16m,nr_inodes=8192"));
  RETURN_IF_ERROR(MakeEmptyDirectories(root));
  RETURN_IF_ERROR(MirrorSystemDirectories(root));
  RETURN_IF_ERROR(MakeDevices(root + "/dev"));
  RETURN_IF_ERROR(MakeMinimalEtc(root + "/etc"));
  for (const std::string& tree : HostTreesOfEtc()) {
    RETURN_IF_ERROR(BindTree(tree, root + tree, kReadOnlyTree));
  }
  RETURN_IF_ERROR(MakeReadOnly(root + "/dev", MOUNT_ATTR_NOEXEC));
  return MakeReadOnly(root, MOUNT_ATTR_NODEV);
}

std::string PasswdPath(uint32_t uid) { return fmt::format("{}/{}", kUsers, uid); }

}  // namespace

absl::Status EnterPrivateRoot(const PrivateRootOptions& options) {
  if (unshare(CLONE_NEWNS) != 0) return ErrnoStatus("unshare the mount namespace");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return ErrnoStatus("make mounts private");
  const std::string stage = kStage;
  RETURN_IF_ERROR(Mount("tmpfs", stage, MS_NOSUID | MS_NODEV, "mode=0755,size=128m"));
  RETURN_IF_ERROR(CopyFile(options.init_binary, stage + kInitProgram, 0555));
  RETURN_IF_ERROR(MakeDirectory(stage + kUsers, 0711));
  RETURN_IF_ERROR(MakeDirectory(stage + kNoLayers));
  RETURN_IF_ERROR(BindTree("/proc", stage + "/proc", 0));
  RETURN_IF_ERROR(BindTree(options.allowed_root, stage + kAllowedRoot, kReadOnlyTree));
  if (!options.runtimes_root.empty()) {
    RETURN_IF_ERROR(BindTree(options.runtimes_root, stage + kRuntimesRoot, kReadOnlyTree));
  }
  if (options.loops != nullptr) {
    RETURN_IF_ERROR(Mount("tmpfs", stage + kLoops, MS_NOSUID | MS_NOEXEC, "mode=0700,size=64k"));
    RETURN_IF_ERROR(options.loops->MakeNodes(stage + kLoops, kLoops));
  }
  RETURN_IF_ERROR(BuildTemplate(stage + kTemplateRoot));
  return PivotInto(stage);
}

absl::StatusOr<UniqueFd> CloneReadOnly(int path_descriptor) {
  UniqueFd tree(open_tree(path_descriptor, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!tree.valid()) return ErrnoStatus("clone a mount for a sandbox");
  mount_attr attr{};
  attr.attr_set = kReadOnlyTree;
  if (mount_setattr(tree.get(), "", AT_EMPTY_PATH, &attr, sizeof(attr)) != 0) {
    return ErrnoStatus("make a sandbox's mount read-only");
  }
  return tree;
}

absl::StatusOr<UniqueFd> MakePasswdMount(uint32_t uid) {
  RETURN_IF_ERROR(WriteFile(PasswdPath(uid),
                            fmt::format("root:x:0:0:root:/root:/usr/sbin/nologin\n"
                                        "sbx_user1051:x:{0}:{0}::/home/sbx_user1051:/usr/sbin/nologin\n",
                                        uid),
                            0444));
  const UniqueFd file(open(PasswdPath(uid).c_str(), O_PATH | O_CLOEXEC));
  if (!file.valid()) return ErrnoStatus("open " + PasswdPath(uid));
  return CloneReadOnly(file.get());
}

void RemovePasswd(uint32_t uid) { unlink(PasswdPath(uid).c_str()); }

}  // namespace hearth::worker
