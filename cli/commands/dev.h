// `hearth dev` runs a whole Hearth on this machine: one controller, some workers, one data directory.
//
// Errors:  what stopped it, in words for the operator; OK after SIGTERM or SIGINT with nothing left behind.
// Threads: one; blocks until it is told to stop.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace hearth::cli {

struct DevOptions {
  std::string data_directory;
  std::string listen = "127.0.0.1:9000";
  int workers = 1;
  std::string region = "us-east-1";
  std::string account = "000000000000";
};

inline constexpr int kMaxDevWorkers = 16;

absl::Status RunDev(const DevOptions& options);

}  // namespace hearth::cli
