// hearth-worker: starts hearth-launcher, gives up root, dials the controller and runs environments until told to stop.
//
// Threads: main waits; http-0 drives every environment; `provision` and `sandbox` may wait; gRPC's poller brings
// messages.
#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <climits>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "common/clock.h"
#include "common/config.h"
#include "common/errors.h"
#include "common/failpoint.h"
#include "common/io/http_server.h"
#include "common/io/thread_pool.h"
#include "common/log.h"
#include "common/process.h"
#include "common/random.h"
#include "common/setting_checks.h"
#include "worker/agent/controller_link.h"
#include "worker/artifacts/artifact_cache.h"
#include "worker/environments/installed_runtimes.h"
#include "worker/environments/local_pool.h"
#include "worker/environments/memory_pressure.h"
#include "worker/environments/parked/parked_pool.h"
#include "worker/environments/provisioner.h"
#include "worker/environments/server_loop.h"
#include "worker/process_setup.h"
#include "worker/runtime_api/api_forwarder.h"
#include "worker/runtime_api/server.h"
#include "worker/sandbox/launcher_client.h"
#include "worker/settings_check.h"
#include "worker/worker_config.h"

namespace hearth::worker {
namespace {

constexpr size_t kMaxQueuedProvisions = 1000;
constexpr size_t kMaxQueuedSandboxWork = 100000;
constexpr int kSandboxThreads = 2;
constexpr std::chrono::milliseconds kDrainPoll{10};

struct Flags {
  std::string config_file;
  std::string worker_id;
  bool check_config = false;
  bool sample_config = false;
  bool die_with_parent = false;
  pid_t parent = getppid();
};

absl::StatusOr<int64_t> MemoryBytes(const Config& config) {
  if (const int64_t configured = config.Int("worker.memory_mb"); configured > 0) return configured << 20;
  ASSIGN_OR_RETURN(const int64_t total, TotalMemoryBytes());
  return total - std::max(total / 8, int64_t{512} << 20);
}

std::string WorkerId(const Flags& flags, const Config& config) {
  if (!flags.worker_id.empty()) return flags.worker_id;
  if (!config.String("worker.id").empty()) return config.String("worker.id");
  char name[HOST_NAME_MAX + 1] = {};
  return gethostname(name, HOST_NAME_MAX) == 0 ? name : "worker";
}

std::string Architecture() {
  utsname machine = {};
  uname(&machine);
  const std::string name = machine.machine;
  return name == "aarch64" ? "arm64" : name;
}

PoolSettings MakePoolSettings(const Config& config, int64_t memory_bytes) {
  PoolSettings settings;
  settings.memory_bytes = memory_bytes;
  settings.oversubscription_percent = static_cast<int>(config.Int("worker.oversubscription_percent"));
  settings.max_environments = static_cast<int>(config.Int("worker.max_environments"));
  settings.keep_alive = std::chrono::seconds(config.Int("worker.keep_alive_seconds"));
  settings.min_available_bytes = config.Int("worker.min_available_memory_mb") << 20;
  settings.environment.freeze_after.reset();
  if (const int64_t freeze_ms = config.Int("worker.freeze_after_ms"); freeze_ms >= 0) {
    settings.environment.freeze_after = std::chrono::milliseconds(freeze_ms);
  }
  return settings;
}

absl::StatusOr<ParkingSettings> MakeParkingSettings(const Config& config, const InstalledFiles& files) {
  ParkingSettings settings;
  settings.max_parked = static_cast<int>(config.Int("worker.parked_environments"));
  settings.per_kind = static_cast<int>(config.Int("worker.parked_per_kind"));
  settings.recent = std::chrono::seconds(config.Int("worker.parked_recent_seconds"));
  settings.runtimes_directory = files.runtimes_directory;
  ASSIGN_OR_RETURN(settings.always, ParseParkedKinds(config.String("worker.parked_kinds")));
  return settings;
}

LauncherOptions MakeLauncherOptions(const Config& config, const InstalledFiles& files) {
  LauncherOptions options;
  options.launcher_binary = files.launcher;
  options.init_binary = files.init;
  options.cgroup_prefix = config.String("worker.cgroup_prefix");
  options.allowed_root = config.String("worker.data_directory");
  options.runtimes_root = files.runtimes_directory;
  options.uid_base = static_cast<uint32_t>(config.Int("worker.sandbox_uid_base"));
  options.uid_count = static_cast<uint32_t>(config.Int("worker.sandbox_uid_count"));
  return options;
}

ArtifactCacheOptions MakeCacheOptions(const Config& config, const InstalledFiles& files) {
  ArtifactCacheOptions options;
  options.directory = fmt::format("{}/artifacts", config.String("worker.data_directory"));
  options.extract_binary = files.extract;
  options.max_bytes = config.Int("worker.artifact_cache_mb") << 20;
  options.extract_uid = static_cast<uint32_t>(config.Int("worker.extract_uid"));
  return options;
}

// The loop and what lives on it; ended on it, so that nothing runs over what is gone.
class Loop {
 public:
  Loop(Clock& clock, ApiForwarder* forwarder)
      : server_(HttpServer::Start(RuntimeApiServerOptions(), [](HttpRequest, std::unique_ptr<HttpResponder>) {})),
        loop_(*server_),
        timer_(std::make_unique<DeadlineTimer>(loop_, clock)),
        runtime_api_(MakeRuntimeApi(*server_, clock, forwarder)) {}
  ~Loop() {
    loop_.RunAndWait([this] {
      runtime_api_.reset();
      timer_.reset();
    });
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  EventLoop& events() { return loop_; }
  DeadlineTimer& timer() { return *timer_; }
  RuntimeApi& runtime_api() { return *runtime_api_; }

 private:
  const std::unique_ptr<HttpServer> server_;
  ServerLoop loop_;
  std::unique_ptr<DeadlineTimer> timer_;
  std::unique_ptr<RuntimeApi> runtime_api_;
};

// The order that was waited for is read, so that a second one can be told from it.
void TakeNotice(const UniqueFd& stop) {
  signalfd_siginfo info = {};
  while (read(stop.get(), &info, sizeof(info)) == sizeof(info)) {
  }
}

// Waits for the order to stop (OK) or the launcher's end (the failure to report).
absl::Status WaitForEnd(const UniqueFd& stop, const LauncherClient& launcher) {
  pollfd ends[2] = {{stop.get(), POLLIN, 0}, {launcher.death_notice(), POLLIN, 0}};
  while (poll(ends, 2, -1) < 0) {
    if (errno != EINTR) return ErrnoStatus("poll");
  }
  if (ends[0].revents != 0) return absl::OkStatus();
  return absl::UnavailableError("hearth-launcher has ended and every sandbox with it; the worker must start anew");
}

// Ends threads before what their tasks use.
struct Joined {
  std::optional<ThreadPool>& threads;
  ~Joined() { threads.reset(); }
};

// Takes no more work and waits until what runs is done, but not past `grace`, a second order to stop or the launcher's
// end.
void Drain(ControllerLink& link, const EnvironmentPool& pool, const UniqueFd& stop, const LauncherClient& launcher,
           std::chrono::seconds grace, Clock& clock) {
  const MonotonicTime deadline = clock.Monotonic() + grace;
  TakeNotice(stop);
  LogInfo("draining", {{"seconds", std::to_string(grace.count())}});
  link.Drain();
  pollfd ends[2] = {{stop.get(), POLLIN, 0}, {launcher.death_notice(), POLLIN, 0}};
  while (true) {
    const bool at_rest = !link.connected() || pool.Running().empty();  // before the logs: an end may write some
    if (at_rest && link.drained()) return;
    if (clock.Monotonic() >= deadline) return LogWarn("what still runs is stopped: the time to drain is over");
    if (poll(ends, 2, static_cast<int>(kDrainPoll.count())) > 0) return;
  }
}

absl::StatusOr<ControllerLinkOptions> MakeLinkOptions(const Flags& flags, const Config& config,
                                                      const InstalledFiles& files, Clock& clock) {
  ControllerLinkOptions options;
  options.controller = config.String("worker.controller");
  options.worker_id = WorkerId(flags, config);
  options.epoch = static_cast<uint64_t>(clock.Wall().time_since_epoch().count());
  ASSIGN_OR_RETURN(options.memory_bytes, MemoryBytes(config));
  options.architecture = Architecture();
  options.runtimes = FindInstalledRuntimes(files.runtimes_directory);
  return options;
}

// As root: the directories and the launcher; then the user changes.
absl::StatusOr<std::unique_ptr<LauncherClient>> StartPrivileged(const Config& config, const InstalledFiles& files) {
  std::string user = config.String("worker.user");
  if (!UserExists(user)) user.clear();
  RETURN_IF_ERROR(MakeDirectory(config.String("worker.data_directory"), user));
  ASSIGN_OR_RETURN(std::unique_ptr<LauncherClient> launcher, LauncherClient::Start(MakeLauncherOptions(config, files)));
  if (user.empty()) {
    LogWarn("the worker stays root: worker.user is empty or does not exist here");
    return launcher;
  }
  RETURN_IF_ERROR(BecomeUser(user));
  return launcher;
}

absl::Status Run(const Flags& flags, const Config& config) {
  CHECK_FAILPOINTS_OR_RETURN();
  ASSIGN_OR_RETURN(const InstalledFiles files, LocateFiles(config));
  ASSIGN_OR_RETURN(ParkingSettings parking, MakeParkingSettings(config, files));
  ASSIGN_OR_RETURN(const UniqueFd stop, PrepareProcess());
  if (flags.die_with_parent) RETURN_IF_ERROR(DieWithParent(flags.parent));
  ASSIGN_OR_RETURN(const std::unique_ptr<LauncherClient> launcher, StartPrivileged(config, files));
  if (flags.die_with_parent) RETURN_IF_ERROR(DieWithParent(flags.parent));

  RealClock clock;
  RealRandom random;
  ASSIGN_OR_RETURN(const ControllerLinkOptions link_options, MakeLinkOptions(flags, config, files, clock));
  ASSIGN_OR_RETURN(const std::unique_ptr<ControllerLink> link, ControllerLink::Create(link_options, random));
  ASSIGN_OR_RETURN(const std::unique_ptr<ArtifactCache> cache,
                   ArtifactCache::Open(MakeCacheOptions(config, files), *link));
  std::unique_ptr<ApiForwarder> forwarder;
  if (const std::string& url = config.String("worker.aws_api_url"); !url.empty()) {
    forwarder = std::make_unique<ApiForwarder>(ApiForwarder::Options{.url = url});
  }
  Loop loop(clock, forwarder.get());
  ThreadPool sandbox_threads("sandbox", kSandboxThreads, kMaxQueuedSandboxWork);
  PooledWork sandbox_work(sandbox_threads, loop.events());
  std::optional<ThreadPool> provision_threads(
      std::in_place, "provision", static_cast<int>(config.Int("worker.provision_threads")), kMaxQueuedProvisions);
  PooledWork provision_work(*provision_threads, loop.events());
  ParkedPool parked(std::move(parking), *launcher, loop.events(), sandbox_work, loop.timer(), clock);
  Provisioner provisioner(files.runtimes_directory, *cache, *launcher, provision_work, clock, forwarder != nullptr,
                          &parked);
  const Joined joined{provision_threads};
  const EnvironmentServices services{loop.events(), sandbox_work, loop.timer(), loop.runtime_api(), *link, clock};
  LocalEnvironmentPool pool(
      MakePoolSettings(config, link_options.memory_bytes), services, provisioner, random,
      [] { return AvailableMemoryBytes(); }, *link, &parked);
  link->Start(pool);
  LogInfo("worker is running", {{"worker", link_options.worker_id}, {"controller", link_options.controller}});
  const absl::Status ended = WaitForEnd(stop, *launcher);
  if (ended.ok()) {
    Drain(*link, pool, stop, *launcher, std::chrono::seconds(config.Int("worker.drain_seconds")), clock);
  }
  link->Stop();
  return ended;
}

}  // namespace
}  // namespace hearth::worker

int main(int argc, char** argv) {
  hearth::worker::Flags flags;
  CLI::App app("Runs functions on this machine for a Hearth controller.");
  app.add_option("--config", flags.config_file, "settings (TOML); HEARTH_WORKER_* override them");
  app.add_option("--worker-id", flags.worker_id, "how this worker is called");
  app.add_flag("--check-config", flags.check_config, "check the settings, then end");
  app.add_flag("--sample-config", flags.sample_config, "print every setting with its default, then end");
  app.add_flag("--die-with-parent", flags.die_with_parent, "stop when the process that started this one ends");
  CLI11_PARSE(app, argc, argv);
  const std::vector<hearth::ConfigKey> keys = hearth::worker::WorkerConfigKeys();
  if (flags.sample_config) {
    fmt::print("{}", hearth::Config::Sample(keys));
    return 0;
  }
  const absl::StatusOr<hearth::Config> config =
      hearth::Config::Load(keys, flags.config_file, hearth::Config::ProcessEnvironment());
  const absl::Status checked = config.ok() ? hearth::worker::CheckSettings(*config) : config.status();
  if (!checked.ok()) {
    fmt::print(stderr, "hearth-worker: {}\n", std::string(checked.message()));
    return 2;
  }
  if (flags.check_config) return 0;
  hearth::InitLog("hearth-worker", hearth::ParseLogLevel(config->String("worker.log_level")).value());
  const absl::Status ended = hearth::worker::Run(flags, *config);
  if (ended.ok()) return 0;
  hearth::LogError("hearth-worker ends", {{"error", ended.ToString()}});
  return 1;
}
