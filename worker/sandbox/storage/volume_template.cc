#include "worker/sandbox/storage/volume_template.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "absl/base/internal/endian.h"
#include "common/errors.h"
#include "fmt/format.h"
#include "worker/sandbox/storage/mount_volume.h"

extern char** environ;

namespace hearth::worker {
namespace {

constexpr char kMke2fs[] = "/sbin/mke2fs";

// The superblock is in the first block, the group descriptors are the second.
constexpr size_t kSuperblockAt = 1024;
constexpr size_t kDescriptorsAt = 4096;
constexpr size_t kDescriptorBytes = 32;
enum SuperblockField : size_t {
  kInodesCount = 0x00,
  kBlocksCount = 0x04,
  kReservedBlocks = 0x08,
  kFreeBlocks = 0x0C,
  kFreeInodes = 0x10,
  kOverheadBlocks = 0x248,
};
enum DescriptorField : size_t { kGroupFreeBlocks = 0x0C, kGroupFreeInodes = 0x0E };

constexpr int64_t kBlocksPerInode = 4;  // one for 16 KiB, as mke2fs assumes for an ordinary disk
constexpr int64_t kIndexBlocks = 256;   // of directories and large files: not the function's to miss

int64_t Load16(const std::string& bytes, size_t at) { return absl::little_endian::Load16(bytes.data() + at); }

// The kernel's own reserve for delayed allocation: 2 %, at most 16 MiB. Source: ext4_calculate_resv_clusters.
int64_t KernelReserve(int64_t blocks) { return std::min<int64_t>(blocks / 50, 4096); }

// No journal: a volume does not outlive its sandbox, let alone a power cut. No checksum over the superblock, since that
// is rewritten; nothing that makes groups depend on each other.
absl::Status RunMke2fs(const VolumeTemplate::Geometry& geometry, const std::string& file) {
  std::vector<std::string> words = {kMke2fs, "-q", "-F", "-t", "ext4", "-b", "4096", "-m", "0", "-I", "256", "-g"};
  words.push_back(fmt::format("{}", geometry.blocks_per_group));
  words.insert(words.end(), {"-N", fmt::format("{}", geometry.groups * geometry.blocks_per_group / kBlocksPerInode)});
  words.insert(words.end(), {"-O", "^has_journal,^resize_inode,^metadata_csum,^flex_bg,^64bit,uninit_bg"});
  words.insert(words.end(), {"-E", "lazy_itable_init=1,nodiscard", file});
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t pid = 0;
  if (const int failed = posix_spawn(&pid, kMke2fs, nullptr, nullptr, arguments.data(), environ); failed != 0) {
    return ErrnoStatus(fmt::format("start {}", kMke2fs), failed);
  }
  int status = 0;
  if (TEMP_FAILURE_RETRY(waitpid(pid, &status, 0)) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return absl::FailedPreconditionError(fmt::format("{} could not make a file system", kMke2fs));
  }
  return absl::OkStatus();
}

absl::Status OpenToEverybody(const LoopDevices& devices, const UniqueFd& file) {
  ASSIGN_OR_RETURN(const LoopDevices::Attached loop, devices.Attach(file));
  ASSIGN_OR_RETURN(const UniqueFd mount, MountVolume(loop.path));
  const UniqueFd root(openat(mount.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) return ErrnoStatus("open a volume");
  if (unlinkat(root.get(), "lost+found", AT_REMOVEDIR) != 0) return ErrnoStatus("remove lost+found");
  if (fchmod(root.get(), 01777) != 0) return ErrnoStatus("chmod a volume");
  if (syncfs(root.get()) != 0) return ErrnoStatus("write a volume");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<VolumeTemplate> VolumeTemplate::Make(const Geometry& geometry, const std::string& directory,
                                                    const LoopDevices& devices) {
  const std::string path = directory + "/template";
  unlink(path.c_str());
  const UniqueFd file(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) return ErrnoStatus("create " + path);
  const int64_t size = geometry.groups * geometry.blocks_per_group * kBlockBytes;
  absl::Status made = ftruncate(file.get(), size) == 0 ? RunMke2fs(geometry, path) : ErrnoStatus("size " + path);
  unlink(path.c_str());
  RETURN_IF_ERROR(made);
  RETURN_IF_ERROR(OpenToEverybody(devices, file));
  VolumeTemplate result(geometry);
  RETURN_IF_ERROR(result.Read(file));
  return result;
}

absl::Status VolumeTemplate::Read(const UniqueFd& file) {
  const int64_t first_group = geometry_.blocks_per_group * kBlockBytes;
  for (off_t at = 0; (at = lseek(file.get(), at, SEEK_DATA)) >= 0 && at < first_group;) {
    const off_t end = std::min<off_t>(lseek(file.get(), at, SEEK_HOLE), first_group);
    if (end <= at) return ErrnoStatus("read a volume");
    Extent extent{at, std::string(static_cast<size_t>(end - at), '\0')};
    if (pread(file.get(), extent.bytes.data(), extent.bytes.size(), at) != end - at)
      return ErrnoStatus("read a volume");
    extents_.push_back(std::move(extent));
    at = end;
  }
  const size_t needed = kDescriptorsAt + static_cast<size_t>(geometry_.groups) * kDescriptorBytes;
  if (!extents_.empty() && extents_[0].offset == 0 && extents_[0].bytes.size() >= needed) return absl::OkStatus();
  return absl::InternalError("mke2fs left no superblock");
}

VolumeTemplate::Shape VolumeTemplate::ShapeFor(int64_t bytes) const {
  const int64_t wanted = (bytes + kBlockBytes - 1) / kBlockBytes + kIndexBlocks;
  Shape shape;
  while (shape.groups < geometry_.groups) {
    const size_t at = kDescriptorsAt + static_cast<size_t>(shape.groups) * kDescriptorBytes;
    ++shape.groups;
    shape.free_blocks += Load16(extents_[0].bytes, at + kGroupFreeBlocks);
    shape.free_inodes += Load16(extents_[0].bytes, at + kGroupFreeInodes);
    const int64_t usable = shape.free_blocks - KernelReserve(shape.groups * geometry_.blocks_per_group);
    shape.reserved_blocks = usable - wanted;
    if (shape.reserved_blocks >= 0) return shape;
  }
  return Shape{};
}

int64_t VolumeTemplate::FileBytes(int64_t bytes) const {
  return ShapeFor(bytes).groups * geometry_.blocks_per_group * kBlockBytes;
}

std::string VolumeTemplate::SuperblockOf(const Shape& shape) const {
  std::string block = extents_[0].bytes.substr(0, kDescriptorsAt);
  const auto set = [&block](SuperblockField field, int64_t value) {
    absl::little_endian::Store32(block.data() + kSuperblockAt + field, static_cast<uint32_t>(value));
  };
  set(kInodesCount, shape.groups * geometry_.blocks_per_group / kBlocksPerInode);
  set(kBlocksCount, shape.groups * geometry_.blocks_per_group);
  set(kReservedBlocks, shape.reserved_blocks);
  set(kFreeBlocks, shape.free_blocks);
  set(kFreeInodes, shape.free_inodes);
  set(kOverheadBlocks, 0);  // the kernel counts anew
  return block;
}

absl::Status VolumeTemplate::Write(const UniqueFd& file, int64_t bytes) const {
  const auto write_at = [&file](const std::string& data, int64_t offset) -> absl::Status {
    if (pwrite(file.get(), data.data(), data.size(), offset) == static_cast<ssize_t>(data.size())) {
      return absl::OkStatus();
    }
    return ErrnoStatus("write a volume");
  };
  for (const Extent& extent : extents_) RETURN_IF_ERROR(write_at(extent.bytes, extent.offset));
  return write_at(SuperblockOf(ShapeFor(bytes)), 0);
}

}  // namespace hearth::worker
