#include "worker/worker_config.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>

namespace hearth::worker {
namespace {

constexpr char kPackagedRuntimes[] = "share/hearth/runtimes";

std::vector<ConfigKey> IdentityKeys() {
  return {
      {"worker.id", std::string(), "", "How this worker is called; empty: the machine's host name."},
      {"worker.controller", std::string("127.0.0.1:9010"), "host:port on loopback, or unix:/path",
       "Where the controller's node session listens."},
      {"worker.aws_api_url", std::string(), "URL",
       "Where the worker carries calls of the AWS API that functions make; empty: they have no way out."},
      {"worker.data_directory", std::string("/var/lib/hearth/worker"), "path",
       "Unpacked code packages; functions' code must lie below it, so it wants a disk of its own on big machines."},
      {"worker.user", std::string("hearth"), "user name",
       "Whom the worker becomes once hearth-launcher runs; empty, or a user this machine lacks: it stays root."},
      {"worker.cgroup_prefix", std::string("hearth/worker"), "cgroup path",
       "Everything below it is this worker's to create and to kill: two workers need two prefixes."},
      {"worker.programs_directory", std::string(), "path",
       "Where hearth-launcher, hearth-init and hearth-extract lie; empty: beside hearth-worker."},
      {"worker.runtimes_directory", std::string(), "path",
       "The language runtimes; empty: ../runtimes or ../share/hearth/runtimes beside the programs."},
      {"worker.log_level", std::string("info"), "debug, info, warn or error",
       "What is worth a line on standard error."},
  };
}

std::vector<ConfigKey> CapacityKeys() {
  return {
      {"worker.memory_mb", int64_t{0}, "MB",
       "What environments may use in total; 0: the machine's memory less an eighth (at least 512 MB).", 0, 16 << 20},
      {"worker.oversubscription_percent", int64_t{100}, "percent",
       "Memory limits may add up to this share of memory_mb; more packs denser, since functions seldom use theirs up.",
       10, 1000},
      {"worker.max_environments", int64_t{1000}, "environments", "The most environments at once.", 1, 100000},
      {"worker.drain_seconds", int64_t{30}, "seconds",
       "How long a worker that is told to stop waits for what it runs; less than the time its supervisor gives it.", 0,
       86400},
      {"worker.keep_alive_seconds", int64_t{300}, "seconds",
       "How long an idle environment is kept: longer saves cold starts, shorter saves memory.", 0, 86400},
      {"worker.min_available_memory_mb", int64_t{256}, "MB",
       "With less left on the machine, idle environments stop, the one idle longest first.", 0, 1 << 20},
      {"worker.freeze_after_ms", int64_t{100}, "milliseconds",
       "An environment idle this long is frozen; sooner than events follow each other costs time. -1: never.", -1,
       60000},
      {"worker.provision_threads", int64_t{4}, "threads", "How many environments are set up at once.", 1, 64},
      {"worker.artifact_cache_mb", int64_t{2048}, "MB", "Unpacked packages kept although nobody uses them.", 0,
       1 << 20},
      {"worker.extract_uid", int64_t{65534}, "uid",
       "Whom hearth-extract becomes when the worker is root; it owns the unpacked files.", 1, UINT32_MAX - 1},
      {"worker.sandbox_uid_base", int64_t{200000}, "uid",
       "The first of the host's user ids that sandboxes get, one each; nobody else may have one of them.", 1000,
       UINT32_MAX / 2},
      {"worker.sandbox_uid_count", int64_t{4096}, "uids", "How many there are: the most sandboxes at once.", 1,
       1 << 20},
  };
}

std::vector<ConfigKey> ParkingKeys() {
  return {
      {"worker.parked_environments", int64_t{8}, "environments",
       "The most environments kept ready, runtime booted, for functions that are not known yet; 0: every cold start "
       "makes "
       "its own.",
       0, 1000},
      {"worker.parked_per_kind", int64_t{2}, "environments",
       "How many of one kind (a runtime; for Node also the memory size): more serve more cold starts at once, each "
       "holds 1 to 12 MB and 512 MB of disk.",
       1, 100},
      {"worker.parked_kinds", std::string(), "provided, python, nodejs:MEMORY_MB, with commas",
       "Kept ready from the start; other kinds are once a function has asked for them."},
      {"worker.parked_recent_seconds", int64_t{3600}, "seconds",
       "A kind that no cold start asked for this long is given up, which frees its memory.", 1, 86400},
  };
}

bool IsDirectory(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

}  // namespace

std::vector<ConfigKey> WorkerConfigKeys() {
  std::vector<ConfigKey> keys = IdentityKeys();
  for (ConfigKey& key : CapacityKeys()) keys.push_back(std::move(key));
  for (ConfigKey& key : ParkingKeys()) keys.push_back(std::move(key));
  return keys;
}

absl::StatusOr<InstalledFiles> LocateFiles(const Config& config) {
  std::string programs = config.String("worker.programs_directory");
  if (programs.empty()) {
    std::error_code error;
    programs = std::filesystem::read_symlink("/proc/self/exe", error).parent_path().string();
    if (error) return absl::InternalError("the program's own folder cannot be found; set worker.programs_directory");
  }
  const auto program = [&](const char* name) { return fmt::format("{}/{}", programs, name); };
  InstalledFiles files{program("hearth-launcher"), program("hearth-init"), program("hearth-extract"),
                       config.String("worker.runtimes_directory")};
  for (const std::string& path : {files.launcher, files.init, files.extract}) {
    if (access(path.c_str(), X_OK) != 0) {
      return absl::NotFoundError(fmt::format("{} is missing; see worker.programs_directory", path));
    }
  }
  const std::string beside = std::filesystem::path(programs).parent_path().string();
  for (const std::string& path :
       {fmt::format("{}/runtimes", beside), fmt::format("{}/{}", beside, kPackagedRuntimes)}) {
    if (files.runtimes_directory.empty() && IsDirectory(path)) files.runtimes_directory = path;
  }
  if (!IsDirectory(files.runtimes_directory)) {
    return absl::NotFoundError("the language runtimes are missing; see worker.runtimes_directory");
  }
  return files;
}

}  // namespace hearth::worker
