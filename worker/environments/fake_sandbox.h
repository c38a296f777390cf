// FakeSandbox is a Sandbox without processes: the test is its runtime, and reads off it what the worker did.
//
// Threads: one, the test's.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "worker/artifacts/artifact_cache.h"
#include "worker/sandbox/sandbox.h"

namespace hearth::worker {

class FakePipe {
 public:
  FakePipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) std::abort();
    reader_ = UniqueFd(ends[0]);
    writer_ = UniqueFd(ends[1]);
  }
  int reader() const { return reader_.get(); }
  void Write(std::string_view bytes) const {
    if (write(writer_.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
  }
  void CloseWriter() { writer_.reset(); }

 private:
  UniqueFd reader_;
  UniqueFd writer_;
};

// Outlives the sandbox, so that a test can look at it after the end.
struct FakeSandboxState {
  SandboxSpec spec;
  std::vector<RuntimeCommand> started;
  int kills = 0;
  bool running = false;
  bool frozen = false;
  bool burst = false;
  bool destroyed = false;
  int freezes = 0;
  int64_t memory_peak_bytes = int64_t{37} << 20;
  int64_t oom_kills = 0;
  std::string identity_token;
  absl::Status start_status;
  absl::Status kill_status;
  bool ignores_kill = false;
  std::map<int, RuntimeCommand> extensions;  // by number
  int extension_round = 0;
  int terminations = 0;
  int runtime_kills = 0;
  std::deque<RuntimeExit> exits;
  FakePipe output;
  FakePipe telemetry;
  FakePipe exit_notice;
  UniqueFd assignment;  // the runtime's end

  int generation() const { return static_cast<int>(started.size()); }
  void Exit(RuntimeExit exit) {
    if (!std::exchange(running, false)) return;
    exit.generation = generation();
    exits.push_back(exit);
    exit_notice.Write("x");
  }
  void ExitExtension(int number, int code) {
    RuntimeExit exit;
    exit.generation = extension_round;
    exit.exit_code = code;
    exit.extension = number;
    exits.push_back(exit);
    exit_notice.Write("x");
  }
  void ExitWith(int code) {
    RuntimeExit exit;
    exit.exit_code = code;
    Exit(exit);
  }
  void ExitBySignal(int signal) {
    RuntimeExit exit;
    exit.signal = signal;
    Exit(exit);
  }
};

class FakeSandbox final : public Sandbox {
 public:
  explicit FakeSandbox(std::shared_ptr<FakeSandboxState> state) : state_(std::move(state)) {}
  ~FakeSandbox() override { state_->destroyed = true; }

  int runtime_api_listener() const override { return -1; }
  int output_pipe() const override { return state_->output.reader(); }
  int telemetry_pipe() const override { return state_->telemetry.reader(); }
  int exit_notice() const override { return state_->exit_notice.reader(); }

  absl::StatusOr<int> StartRuntime(const RuntimeCommand& command) override {
    if (!state_->start_status.ok()) return state_->start_status;
    if (state_->running) return absl::FailedPreconditionError("a runtime is running");
    state_->started.push_back(command);
    if (command.assignment >= 0) state_->assignment = UniqueFd(dup(command.assignment));
    state_->running = true;
    return state_->generation();
  }
  absl::Status WriteIdentityToken(std::string_view token) override {
    state_->identity_token = token;
    return absl::OkStatus();
  }
  std::optional<RuntimeExit> ReadRuntimeExit() override {
    if (state_->exits.empty()) return std::nullopt;
    char byte;
    if (read(state_->exit_notice.reader(), &byte, 1) != 1) std::abort();
    const RuntimeExit exit = state_->exits.front();
    state_->exits.pop_front();
    return exit;
  }
  absl::Status KillRuntime() override {
    ++state_->kills;
    state_->frozen = false;
    if (!state_->kill_status.ok()) return state_->kill_status;
    if (!state_->ignores_kill) state_->ExitBySignal(9);
    return absl::OkStatus();
  }
  absl::Status StartExtension(int round, int number, const RuntimeCommand& command) override {
    state_->extension_round = round;
    state_->extensions[number] = command;
    return absl::OkStatus();
  }
  absl::Status TerminateRuntime() override {
    ++state_->terminations;
    return absl::OkStatus();
  }
  absl::Status KillRuntimeAlone() override {
    ++state_->runtime_kills;
    state_->ExitBySignal(9);
    return absl::OkStatus();
  }
  absl::Status Freeze() override {
    state_->frozen = true;
    ++state_->freezes;
    return absl::OkStatus();
  }
  absl::Status Thaw() override {
    state_->frozen = false;
    return absl::OkStatus();
  }
  absl::Status SetCpu(CpuMode mode) override {
    state_->burst = mode == CpuMode::kBurst;
    return absl::OkStatus();
  }
  absl::StatusOr<int64_t> MemoryPeakBytes() override { return state_->memory_peak_bytes; }
  absl::Status ResetMemoryPeak() override { return absl::OkStatus(); }
  absl::StatusOr<int64_t> OomKills() override { return state_->oom_kills; }

 private:
  const std::shared_ptr<FakeSandboxState> state_;
};

class FakeSandboxFactory final : public SandboxFactory {
 public:
  absl::StatusOr<std::unique_ptr<Sandbox>> Create(const SandboxSpec& spec) override {
    if (!status.ok()) return status;
    made.push_back(std::make_shared<FakeSandboxState>());
    made.back()->spec = spec;
    return std::make_unique<FakeSandbox>(made.back());
  }
  absl::Status Assign(Sandbox&, const SandboxSpec& spec) override {
    if (!assign_status.ok()) return assign_status;
    assigned.push_back(spec);
    return absl::OkStatus();
  }

  absl::Status status;
  absl::Status assign_status;
  std::vector<SandboxSpec> assigned;
  std::vector<std::shared_ptr<FakeSandboxState>> made;
};

class FakeArtifactCache final : public ArtifactCache {
 public:
  explicit FakeArtifactCache(std::string directory) : directory_(std::move(directory)) {}
  absl::StatusOr<std::shared_ptr<const ArtifactLease>> Acquire(const std::string& code_sha256) override {
    if (!status.ok()) return status;
    acquired.push_back(code_sha256);
    return std::make_shared<const Lease>(directory_);
  }

  absl::Status status;
  std::vector<std::string> acquired;

 private:
  class Lease final : public ArtifactLease {
   public:
    explicit Lease(std::string directory) : directory_(std::move(directory)) {}
    const std::string& directory() const override { return directory_; }

   private:
    const std::string directory_;
  };
  const std::string directory_;
};

}  // namespace hearth::worker
