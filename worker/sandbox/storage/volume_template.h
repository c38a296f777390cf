// VolumeTemplate is an empty ext4 file system that is written in any size it is asked for, without mke2fs at hand.
//
// mke2fs makes it once, larger than any volume. Its block groups describe themselves and are not yet initialised, so a
// smaller file system is the same bytes with fewer groups in the superblock; what is left over of the last group is
// reserved for root, whom no function is.
//
// Errors:  what mke2fs, the disk or the kernel refuses.
// Threads: one for Make; Write from any.
// Source:  ext4 disk layout (Documentation/filesystems/ext4): superblock, group descriptors, uninit_bg.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/unique_fd.h"
#include "worker/sandbox/storage/loop_devices.h"

namespace hearth::worker {

class VolumeTemplate {
 public:
  // At most kMaxGroups groups, so that their descriptors fill one block whatever the size.
  struct Geometry {
    int64_t blocks_per_group;
    int64_t groups;
  };
  static constexpr int64_t kMaxGroups = 128;
  static constexpr int64_t kBlockBytes = 4096;

  // Uses `directory` for a moment. Needs the host's file tree.
  static absl::StatusOr<VolumeTemplate> Make(const Geometry& geometry, const std::string& directory,
                                             const LoopDevices& devices);

  // The size of a file whose file system holds `bytes`; 0 when the template is too small.
  int64_t FileBytes(int64_t bytes) const;
  // `file` has FileBytes(bytes), all of them zero.
  absl::Status Write(const UniqueFd& file, int64_t bytes) const;

 private:
  struct Extent {
    int64_t offset;
    std::string bytes;
  };
  struct Shape {
    int64_t groups = 0;
    int64_t free_blocks = 0;
    int64_t free_inodes = 0;
    int64_t reserved_blocks = 0;
  };

  explicit VolumeTemplate(const Geometry& geometry) : geometry_(geometry) {}

  absl::Status Read(const UniqueFd& file);
  Shape ShapeFor(int64_t bytes) const;
  std::string SuperblockOf(const Shape& shape) const;

  Geometry geometry_;
  std::vector<Extent> extents_;  // what holds data in the first group; copies for repair elsewhere are left out
};

}  // namespace hearth::worker
