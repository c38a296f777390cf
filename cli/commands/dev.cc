#include "cli/commands/dev.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <utility>
#include <vector>

#include "cli/cgroup_remains.h"
#include "cli/data_directory.h"
#include "cli/supervisor.h"
#include "common/clock.h"
#include "common/config.h"
#include "common/errors.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/random.h"

namespace hearth::cli {
namespace {

// The controller prints this, followed by its address, each time it serves with at least one worker joined.
constexpr std::string_view kReadyPrefix = "ready at ";
// Who stops Hearth at a terminal does not wait half a minute for a function.
constexpr int kDrainSeconds = 3;

// Two workers never share a sandbox's uid. Source: worker.sandbox_uid_base and worker.sandbox_uid_count.
constexpr int kFirstSandboxUid = 200000;
constexpr int kSandboxUidsPerWorker = 4096;

std::string BinaryDirectory() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path().string();
}

// The daemons give up root where the machine has a user for them (deploy/quickstart and the packages make it) and that
// user can reach the data directory and the programs; a clone in /root is out of its reach.
std::string DaemonUser(const std::string& data_directory) {
  if (getpwnam("hearth") == nullptr) return "";
  for (const std::string& path : {data_directory, BinaryDirectory() + "/hearth"}) {
    const std::optional<std::string> closed = ClosedFolderAbove(path);
    if (!closed) continue;
    LogWarn("the daemons stay root: user hearth cannot pass a folder on its way", {{"to", path}, {"closed", *closed}});
    return "";
  }
  return "hearth";
}

// The daemons read their settings from HEARTH_*; what the operator exported wins over what `hearth dev` chooses.
std::vector<std::string> EnvironmentWith(const std::vector<std::pair<std::string, std::string>>& settings) {
  std::vector<std::string> environment;
  for (const auto& [name, value] : settings) {
    if (getenv(name.c_str()) == nullptr) environment.push_back(fmt::format("{}={}", name, value));
  }
  for (std::string& inherited : Config::ProcessEnvironment()) environment.push_back(std::move(inherited));
  return environment;
}

class DevCluster {
 public:
  DevCluster(const DevOptions& options, std::string user, DataDirectory directory)
      : options_(options),
        user_(std::move(user)),
        directory_(std::move(directory)),
        supervisor_(SupervisorOptions{}, clock_) {}

  absl::Status Run() {
    RETURN_IF_ERROR(StartController());
    for (int i = 0; i < options_.workers; ++i) RETURN_IF_ERROR(StartWorker(i));
    const absl::Status ended = supervisor_.Run([] { return false; });
    supervisor_.StopAll();
    RemoveEmptyCgroup("hearth-" + directory_.instance());
    return ended;
  }

 private:
  absl::Status StartController() {
    ChildSpec spec;
    spec.name = "controller";
    spec.arguments = {BinaryDirectory() + "/hearth-controller", "--die-with-parent", "--bootstrap-credentials",
                      directory_.ControllerCredentialsFile()};
    spec.environment = EnvironmentWith({
        {"HEARTH_CONTROLLER_DATA_DIRECTORY", directory_.ControllerDirectory()},
        {"HEARTH_CONTROLLER_LISTEN", options_.listen},
        {"HEARTH_CONTROLLER_REGION", options_.region},
        {"HEARTH_CONTROLLER_ACCOUNT", options_.account},
        {"HEARTH_CONTROLLER_USER", user_},
        {"HEARTH_NODE_LISTEN", "unix:" + directory_.NodeSocket()},
        {"HEARTH_RUNTIMES_ALLOW_NEAREST", "true"},
        {"HEARTH_RUNTIMES_ALLOW_DEPRECATED", "true"},
        {"HEARTH_IAM_ALLOW_UNKNOWN_ROLES", "true"},
        {"HEARTH_CONTROLLER_DRAIN_SECONDS", fmt::to_string(kDrainSeconds)},
    });
    spec.on_line = [this](const std::string& line) { OnControllerLine(line); };
    return supervisor_.Start(std::move(spec));
  }

  absl::Status StartWorker(int index) {
    ChildSpec spec;
    spec.name = fmt::format("worker-{}", index);
    spec.arguments = {BinaryDirectory() + "/hearth-worker", "--die-with-parent", "--worker-id", spec.name};
    std::vector<std::pair<std::string, std::string>> settings = {
        {"HEARTH_WORKER_USER", user_},
        {"HEARTH_WORKER_DATA_DIRECTORY", directory_.WorkerDirectory(index)},
        {"HEARTH_WORKER_CONTROLLER", "unix:" + directory_.NodeSocket()},
        {"HEARTH_WORKER_DRAIN_SECONDS", fmt::to_string(kDrainSeconds)},
        {"HEARTH_WORKER_CGROUP_PREFIX", fmt::format("hearth-{}/w{}", directory_.instance(), index)},
        {"HEARTH_WORKER_SANDBOX_UID_BASE", fmt::to_string(kFirstSandboxUid + index * kSandboxUidsPerWorker)},
    };
    // A port that the kernel chooses is not known yet.
    if (!options_.listen.ends_with(":0"))
      settings.emplace_back("HEARTH_WORKER_AWS_API_URL", "http://" + options_.listen);
    if (options_.workers > 1) settings.emplace_back("HEARTH_WORKER_MEMORY_MB", fmt::to_string(MemoryShareMb()));
    spec.environment = EnvironmentWith(settings);
    return supervisor_.Start(std::move(spec));
  }

  // Each worker alone would take the whole machine for its own.
  int64_t MemoryShareMb() const {
    struct sysinfo machine {};
    sysinfo(&machine);
    const int64_t total_mb = static_cast<int64_t>(machine.totalram) * machine.mem_unit >> 20;
    return std::max<int64_t>((total_mb - total_mb / 8) / options_.workers, kMinMemoryMb);
  }

  void OnControllerLine(const std::string& line) {
    if (!line.starts_with(kReadyPrefix)) return;
    const std::string endpoint = line.substr(kReadyPrefix.size());
    for (const absl::Status& written :
         {directory_.PublishCredentials(), directory_.WriteAwsConfig(options_.region, endpoint)}) {
      if (!written.ok()) LogError("cannot write for the AWS CLI", {{"error", std::string(written.message())}});
    }
    fmt::print("hearth is ready at {} (credentials: {})\n", endpoint, directory_.CredentialsFile());
    fmt::print(
        "runtime ids whose exact version is not installed are served by the nearest installed one; retired ids are "
        "accepted\n");
    std::fflush(stdout);
  }

  const DevOptions options_;
  const std::string user_;  // whom the daemons become; empty: root
  DataDirectory directory_;
  RealClock clock_;
  Supervisor supervisor_;
};

}  // namespace

absl::Status RunDev(const DevOptions& options) {
  if (geteuid() != 0) {
    return absl::PermissionDeniedError("hearth dev needs root: functions run in namespaces and cgroups of their own");
  }
  if (options.workers < 1 || options.workers > kMaxDevWorkers) {
    return absl::InvalidArgumentError(fmt::format("--workers must be between 1 and {}", kMaxDevWorkers));
  }
  RealRandom random;
  const std::string user = DaemonUser(options.data_directory);
  ASSIGN_OR_RETURN(DataDirectory directory, DataDirectory::Open(options.data_directory, options.workers, user, random));
  DevCluster cluster(options, user, std::move(directory));
  return cluster.Run();
}

}  // namespace hearth::cli
