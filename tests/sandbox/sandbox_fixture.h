// SandboxFixture gives a test a launcher of its own, code directories with our guest programs, and ways to watch them.
//
// Shapes:  every test process has its own cgroup prefix hearth-test-<pid>/w0 and its own data directory.
// Errors:  helpers return what the test asserts on; setting up aborts with a message.
// Threads: the test's main thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "worker/sandbox/launcher_client.h"

namespace hearth::worker {

// The world one launcher lives in; removed with the object.
class SandboxWorld {
 public:
  explicit SandboxWorld(const std::string& name);
  ~SandboxWorld();

  LauncherOptions Options() const;
  std::unique_ptr<LauncherClient> StartLauncher() const;
  // /var/task holds "guest" and "escape-probe"; 128 MiB and a 512 MiB /tmp.
  SandboxSpec Spec(const std::string& id) const;

  const std::string& prefix() const { return prefix_; }
  const std::string& data_directory() const { return data_directory_; }
  const std::string& task_directory() const { return task_directory_; }

  // Every cgroup directory of this world, in all hierarchies, the launcher's own (prefix, _ice) left out.
  std::vector<std::string> SandboxCgroups() const;
  // Whether any cgroup of the prefix exists, and the processes in all of them.
  bool PrefixExists() const;
  std::vector<int> Processes() const;

 private:
  const std::string prefix_;
  const std::string data_directory_;
  const std::string task_directory_;
};

// How a sandbox comes to its function: made for it, or parked first and given it later. For parameterised tests.
enum class Way { kMadeForIt, kParkedFirst };
std::string NameOf(Way way);
std::unique_ptr<Sandbox> MakeSandbox(LauncherClient& client, const SandboxSpec& spec, Way way);
// The first half of kParkedFirst.
absl::StatusOr<std::unique_ptr<Sandbox>> ParkSandbox(LauncherClient& client, const SandboxSpec& spec);

// What a process printed until its pipe closed or `limit` passed.
std::string ReadOutput(const Sandbox& sandbox, std::chrono::milliseconds limit);
// Reads output until `text` is in it; empty when it never came.
std::string ReadOutputUntil(const Sandbox& sandbox, const std::string& text,
                            std::chrono::milliseconds limit = std::chrono::seconds(10));
std::optional<RuntimeExit> AwaitExit(Sandbox& sandbox, std::chrono::milliseconds limit = std::chrono::seconds(10));

struct RunResult {
  std::string output;
  std::optional<RuntimeExit> exit;
};
// Starts the command, waits for its end, takes all it printed.
RunResult RunToEnd(Sandbox& sandbox, std::vector<std::string> arguments, std::vector<std::string> environment = {});

// Polls every few milliseconds.
bool Eventually(std::chrono::milliseconds limit, const std::function<bool()>& holds);
bool ProcessExists(int pid);

}  // namespace hearth::worker
