// WriteAll writes every byte to a descriptor, however many calls that takes.
//
// Threads: blocks.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "absl/status/status.h"
#include "common/errors.h"

namespace hearth::worker {

inline absl::Status WriteAll(int file_descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file_descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return ErrnoStatus("writing a code package");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

}  // namespace hearth::worker
