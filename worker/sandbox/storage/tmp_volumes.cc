#include "worker/sandbox/storage/tmp_volumes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

#include "common/errors.h"
#include "common/limits.h"
#include "fmt/format.h"
#include "worker/sandbox/storage/mount_volume.h"

namespace hearth::worker {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kStockedBytes = kMinEphemeralStorageMb * kMiB;

// Small groups waste little of a small volume, and the descriptors of few groups fit a block.
constexpr VolumeTemplate::Geometry kGeometries[] = {{8192, 128}, {24576, 112}};

}  // namespace

absl::StatusOr<std::unique_ptr<TmpVolumes>> TmpVolumes::Open(const std::string& directory, int64_t keep_free_bytes) {
  ASSIGN_OR_RETURN(LoopDevices devices, LoopDevices::Open());
  // Root's own: the launcher will have no right left to write where others may.
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return ErrnoStatus("mkdir " + directory);
  UniqueFd opened(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.valid()) return ErrnoStatus("open " + directory);
  if (fchown(opened.get(), 0, 0) != 0) return ErrnoStatus("chown " + directory);
  std::unique_ptr<TmpVolumes> volumes(new TmpVolumes(std::move(opened), std::move(devices), keep_free_bytes));
  for (const VolumeTemplate::Geometry& geometry : kGeometries) {
    ASSIGN_OR_RETURN(VolumeTemplate made, VolumeTemplate::Make(geometry, directory, volumes->devices_));
    volumes->templates_.push_back(std::move(made));
  }
  // Whether this disk can do it is found out now, not by the first function.
  const absl::Status tried = volumes->Make(kMiB).status();
  if (!tried.ok() && !absl::IsResourceExhausted(tried)) return tried;
  return volumes;
}

absl::StatusOr<UniqueFd> TmpVolumes::Take(int64_t bytes) {
  if (bytes == kStockedBytes && !shelf_.empty()) {
    UniqueFd volume = std::move(shelf_.front());
    shelf_.pop_front();
    stocking_ = true;
    return volume;
  }
  absl::StatusOr<UniqueFd> made = Make(bytes);
  // What stands ready holds space too.
  if (absl::IsResourceExhausted(made.status()) && !shelf_.empty()) {
    shelf_.clear();
    stocking_ = false;
    made = Make(bytes);
  }
  return made;
}

void TmpVolumes::Stock() {
  absl::StatusOr<UniqueFd> made = Make(kStockedBytes);
  if (made.ok()) {
    shelf_.push_back(*std::move(made));
  } else {
    stocking_ = false;  // until somebody takes one: whoever does will see the error
  }
}

absl::StatusOr<UniqueFd> TmpVolumes::Make(int64_t bytes) const {
  for (const VolumeTemplate& form : templates_) {
    const int64_t file_bytes = form.FileBytes(bytes);
    if (file_bytes == 0) continue;
    ASSIGN_OR_RETURN(const UniqueFd file, SetAside(file_bytes));
    RETURN_IF_ERROR(form.Write(file, bytes));
    ASSIGN_OR_RETURN(const LoopDevices::Attached loop, devices_.Attach(file));
    return MountVolume(loop.path);
  }
  return absl::InvalidArgumentError(fmt::format("a /tmp of {} MB is too large", bytes / kMiB));
}

// The blocks are the file's from now on: what is promised to one sandbox is promised to no other, nor used by anybody.
// Root may fill a disk to its last block; the rest of the machine must be able to write too.
absl::StatusOr<UniqueFd> TmpVolumes::SetAside(int64_t bytes) const {
  struct statvfs disk;
  if (fstatvfs(directory_.get(), &disk) != 0) return ErrnoStatus("look at the disk");
  if (disk.f_blocks == 0) return absl::FailedPreconditionError("a file system without a size sets no space aside");
  const auto available = static_cast<int64_t>(disk.f_bavail * disk.f_frsize);
  UniqueFd file(openat(directory_.get(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file.valid()) return ErrnoStatus("create a volume");
  const bool fits = available - bytes >= keep_free_bytes_;
  if (fits && fallocate(file.get(), 0, 0, bytes) == 0) return file;
  if (!fits || errno == ENOSPC || errno == EDQUOT) {
    return absl::ResourceExhaustedError(fmt::format("the worker's disk has no {} MB left for a /tmp", bytes / kMiB));
  }
  return ErrnoStatus("set space aside for a volume");
}

}  // namespace hearth::worker
