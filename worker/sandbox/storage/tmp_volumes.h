// TmpVolumes makes the file systems of /tmp: each an ext4 of its own on disk, whose space is set aside when it is made.
//
// A volume is a file without a name behind a loop device. It lives as long as its mount: the end of the sandbox's last
// process is the end of the file, so nothing is emptied, found or read by the next one. The pages it writes are cache
// of its environment, which the kernel takes back under the memory limit by writing them out.
//
// Shapes:  `bytes` are what a function can store; the file is a few hundredths larger.
// Errors:  ResourceExhausted when the disk has not that much left. Open: NotFound or what else this machine lacks.
// Threads: one. Take costs what a mount costs while the shelf is stocked, a few milliseconds otherwise.
// Source:  docs/decisions/0007; ext4(5).
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/unique_fd.h"
#include "worker/sandbox/storage/loop_devices.h"
#include "worker/sandbox/storage/volume_template.h"

namespace hearth::worker {

class TmpVolumes {
 public:
  // `directory` is where the space comes from. Needs the host's file tree: /dev and mke2fs.
  // `keep_free_bytes` of that disk are left to the worker's and the machine's own files.
  static absl::StatusOr<std::unique_ptr<TmpVolumes>> Open(const std::string& directory, int64_t keep_free_bytes);

  LoopDevices& devices() { return devices_; }

  // A detached mount of an empty file system.
  absl::StatusOr<UniqueFd> Take(int64_t bytes);

  // Volumes of Lambda's smallest size, which nearly every function has, are made before they are asked for.
  bool wants_stock() const { return stocking_ && shelf_.size() < kShelf; }
  void Stock();

 private:
  static constexpr size_t kShelf = 2;

  TmpVolumes(UniqueFd directory, LoopDevices devices, int64_t keep_free_bytes)
      : directory_(std::move(directory)), devices_(std::move(devices)), keep_free_bytes_(keep_free_bytes) {}

  absl::StatusOr<UniqueFd> Make(int64_t bytes) const;
  absl::StatusOr<UniqueFd> SetAside(int64_t bytes) const;

  const UniqueFd directory_;
  LoopDevices devices_;
  const int64_t keep_free_bytes_;
  std::vector<VolumeTemplate> templates_;  // the one for the smallest volumes first
  std::deque<UniqueFd> shelf_;
  bool stocking_ = true;  // until the disk has no room for the next
};

}  // namespace hearth::worker
