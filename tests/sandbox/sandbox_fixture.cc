#include "tests/sandbox/sandbox_fixture.h"

#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace hearth::worker {
namespace {

namespace fs = std::filesystem;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr int64_t kMiB = 1024 * 1024;

// Wherever the machine mounts its hierarchies: the test looks at all of them, not only at those the launcher uses.
std::vector<std::string> PrefixDirectories(const std::string& prefix) {
  std::vector<std::string> found;
  std::ifstream mounts("/proc/self/mounts");
  std::string device, path, type, rest;
  while (mounts >> device >> path >> type && std::getline(mounts, rest)) {
    if (type.rfind("cgroup", 0) == 0 && fs::is_directory(path + "/" + prefix)) found.push_back(path + "/" + prefix);
  }
  return found;
}

std::string TaskDirectory(const std::string& data_directory) {
  const std::string task = data_directory + "/code/guest";
  fs::create_directories(task);
  fs::copy_file(SANDBOX_GUEST_PATH, task + "/guest", fs::copy_options::overwrite_existing);
  fs::copy_file(ESCAPE_PROBE_PATH, task + "/escape-probe", fs::copy_options::overwrite_existing);
  return task;
}

int MillisUntil(SteadyTime deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return left.count() > 0 ? static_cast<int>(left.count()) : 0;
}

// Appends what is there; false at the end of the pipe or when `deadline` passed.
bool ReadMore(int pipe, SteadyTime deadline, std::string& text) {
  pollfd wait{pipe, POLLIN, 0};
  if (poll(&wait, 1, MillisUntil(deadline)) <= 0) return false;
  char bytes[65536];
  const ssize_t size = read(pipe, bytes, sizeof(bytes));
  if (size <= 0) return false;
  text.append(bytes, static_cast<size_t>(size));
  return true;
}

void Drain(int pipe, std::string& text) {
  while (ReadMore(pipe, std::chrono::steady_clock::now(), text)) {
  }
}

}  // namespace

SandboxWorld::SandboxWorld(const std::string& name)
    : prefix_("hearth-test-" + std::to_string(getpid()) + "-" + name + "/w0"),
      data_directory_(fs::temp_directory_path() / ("hearth-test-" + std::to_string(getpid()) + "-" + name)),
      task_directory_(TaskDirectory(data_directory_)) {}

SandboxWorld::~SandboxWorld() {
  std::error_code ignored;
  fs::remove_all(data_directory_, ignored);
  const std::string parent = prefix_.substr(0, prefix_.find('/'));
  for (const std::string& directory : PrefixDirectories(parent)) {
    rmdir((directory + "/w0").c_str());
    rmdir(directory.c_str());
  }
}

LauncherOptions SandboxWorld::Options() const {
  LauncherOptions options;
  options.launcher_binary = HEARTH_LAUNCHER_PATH;
  options.init_binary = HEARTH_INIT_PATH;
  options.cgroup_prefix = prefix_;
  options.allowed_root = data_directory_;
  return options;
}

std::unique_ptr<LauncherClient> SandboxWorld::StartLauncher() const {
  absl::StatusOr<std::unique_ptr<LauncherClient>> client = LauncherClient::Start(Options());
  if (client.ok()) return *std::move(client);
  std::fprintf(stderr, "the launcher did not start: %s\n", client.status().ToString().c_str());
  std::abort();
}

SandboxSpec SandboxWorld::Spec(const std::string& id) const {
  return {id, 128 * kMiB, 512 * kMiB, task_directory_, ""};
}

std::string NameOf(Way way) { return way == Way::kMadeForIt ? "MadeForIt" : "ParkedFirst"; }

absl::StatusOr<std::unique_ptr<Sandbox>> ParkSandbox(LauncherClient& client, const SandboxSpec& spec) {
  SandboxSpec parked = spec;
  parked.memory_bytes = 256 * kMiB;
  parked.task_directory.clear();
  parked.layer_directories.clear();
  parked.parked = true;
  return client.Create(parked);
}

std::unique_ptr<Sandbox> MakeSandbox(LauncherClient& client, const SandboxSpec& spec, Way way) {
  absl::StatusOr<std::unique_ptr<Sandbox>> sandbox =
      way == Way::kParkedFirst ? ParkSandbox(client, spec) : client.Create(spec);
  absl::Status status = sandbox.status();
  if (status.ok() && way == Way::kParkedFirst) status = client.Assign(**sandbox, spec);
  if (status.ok()) return *std::move(sandbox);
  std::fprintf(stderr, "no sandbox: %s\n", status.ToString().c_str());
  std::abort();
}

std::vector<std::string> SandboxWorld::SandboxCgroups() const {
  std::vector<std::string> groups;
  for (const std::string& directory : PrefixDirectories(prefix_)) {
    for (const auto& entry : fs::directory_iterator(directory)) {
      if (entry.is_directory() && entry.path().filename() != "_ice") groups.push_back(entry.path());
    }
  }
  return groups;
}

bool SandboxWorld::PrefixExists() const { return !PrefixDirectories(prefix_).empty(); }

std::vector<int> SandboxWorld::Processes() const {
  std::vector<int> pids;
  for (const std::string& directory : PrefixDirectories(prefix_)) {
    std::error_code error;
    for (auto entry = fs::recursive_directory_iterator(directory, error);
         !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      if (entry->path().filename() != "cgroup.procs") continue;
      std::ifstream file(entry->path());
      for (int pid = 0; file >> pid;) pids.push_back(pid);
    }
  }
  return pids;
}

std::string ReadOutput(const Sandbox& sandbox, std::chrono::milliseconds limit) {
  std::string text;
  const SteadyTime deadline = std::chrono::steady_clock::now() + limit;
  while (ReadMore(sandbox.output_pipe(), deadline, text)) {
  }
  return text;
}

std::string ReadOutputUntil(const Sandbox& sandbox, const std::string& text, std::chrono::milliseconds limit) {
  std::string output;
  const SteadyTime deadline = std::chrono::steady_clock::now() + limit;
  while (output.find(text) == std::string::npos) {
    if (!ReadMore(sandbox.output_pipe(), deadline, output)) return "";
  }
  return output;
}

std::optional<RuntimeExit> AwaitExit(Sandbox& sandbox, std::chrono::milliseconds limit) {
  pollfd wait{sandbox.exit_notice(), POLLIN, 0};
  poll(&wait, 1, static_cast<int>(limit.count()));
  return sandbox.ReadRuntimeExit();
}

RunResult RunToEnd(Sandbox& sandbox, std::vector<std::string> arguments, std::vector<std::string> environment) {
  RunResult result;
  const absl::StatusOr<int> started = sandbox.StartRuntime({std::move(arguments), std::move(environment)});
  if (!started.ok()) {
    result.output = started.status().ToString();
    return result;
  }
  const SteadyTime deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  pollfd wait[] = {{sandbox.exit_notice(), POLLIN, 0}, {sandbox.output_pipe(), POLLIN, 0}};
  while (!result.exit && poll(wait, 2, MillisUntil(deadline)) > 0) {
    Drain(sandbox.output_pipe(), result.output);
    result.exit = sandbox.ReadRuntimeExit();
  }
  Drain(sandbox.output_pipe(), result.output);
  return result;
}

bool Eventually(std::chrono::milliseconds limit, const std::function<bool()>& holds) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    poll(nullptr, 0, 5);
  }
  return true;
}

// A zombie whose new parent has not reaped it yet has no command line left.
bool ProcessExists(int pid) {
  std::ifstream command("/proc/" + std::to_string(pid) + "/cmdline");
  return command.peek() != std::ifstream::traits_type::eof();
}

}  // namespace hearth::worker
