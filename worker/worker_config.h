// The settings of hearth-worker.
//
// Threads: pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/config.h"

namespace hearth::worker {

std::vector<ConfigKey> WorkerConfigKeys();

// Where the programs (hearth-launcher, hearth-init, hearth-extract) and the runtimes lie: as configured, else beside
// this program, else where the package puts them.
struct InstalledFiles {
  std::string launcher;
  std::string init;
  std::string extract;
  std::string runtimes_directory;
};
absl::StatusOr<InstalledFiles> LocateFiles(const Config& config);

}  // namespace hearth::worker
