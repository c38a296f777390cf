// Environment is one execution environment: a sandbox, the runtime in it, and the story of its invocations.
//
// BARE (no runtime process) -> INIT -> IDLE -> BUSY -> IDLE … -> SHUTDOWN. A runtime that fails is killed with
// everything inside and the environment is BARE again: its next invocation starts the runtime anew in the same
// sandbox, inside the function's own time limit.
//
// Shapes:  one invocation at a time; the caller's answer leaves as soon as the runtime posted it, unless the log tail
// was
//          asked for: then when the invocation is over.
// Errors:  what the function does wrong is a result; OnClosed with FAILED when the sandbox itself does not work.
// Threads: the loop's. The owner deletes it after OnClosed, not inside.
// Source:  semantics.md §5 "Life cycle", §7, §8; runtime.md §5.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "proto/node.pb.h"
#include "worker/artifacts/artifact_cache.h"
#include "worker/environments/deadline_timer.h"
#include "worker/environments/event_loop.h"
#include "worker/environments/extensions/extension_host.h"
#include "worker/environments/identity_age.h"
#include "worker/environments/log_feed.h"
#include "worker/environments/runtime_command.h"
#include "worker/environments/runtime_failure.h"
#include "worker/environments/runtime_process.h"
#include "worker/environments/usage_meter.h"
#include "worker/logs/log_stream.h"
#include "worker/logs/platform_log.h"
#include "worker/runtime_api/server.h"

namespace hearth::worker {

struct EnvironmentSettings {
  std::chrono::milliseconds init_timeout{10000};
  std::optional<std::chrono::milliseconds> freeze_after{100};  // idle this long: frozen; nullopt: never
};

// Nobody waits for a provisioned one: it may take longer. Source: semantics.md §5 "Life cycle".
inline std::chrono::milliseconds InitLimit(const EnvironmentSettings& settings, const node::EnvironmentSpec& spec) {
  constexpr std::chrono::milliseconds kLeast{130000}, kMost{900000};
  if (!spec.provisioned()) return settings.init_timeout;
  return std::clamp(std::chrono::milliseconds(spec.timeout_ms()), kLeast, kMost);
}

// What an environment uses and does not own.
struct EnvironmentServices {
  EventLoop& loop;
  BlockingWork& sandbox_work;
  DeadlineTimer& timer;
  RuntimeApi& runtime_api;
  LogShipper& log_shipper;
  Clock& clock;
};

// A sandbox with the code in it and, unless `choice.failure`, the runtime started.
struct ProvisionedSandbox {
  std::vector<std::shared_ptr<const ArtifactLease>> packages;  // the code, then its layers
  std::shared_ptr<Sandbox> sandbox;
  RuntimeChoice choice;
  RuntimeCommand command;
  RuntimeStart start;
  std::vector<std::string> extensions;  // external ones, by name; with any the runtime is not started yet
};

class Environment;

class EnvironmentOwner {
 public:
  virtual ~EnvironmentOwner() = default;
  virtual void OnReady(Environment& environment, bool init_failed, std::chrono::microseconds init_duration) = 0;
  virtual void OnResult(Environment& environment, node::InvocationResult result) = 0;
  virtual void OnResponsePiece(Environment& environment, node::BulkChunk piece) = 0;  // before the result
  virtual void OnIdle(Environment& environment) = 0;  // after a result that did not say environment_idle
  virtual void OnClosed(Environment& environment, node::EnvironmentGone::Reason reason, std::string detail) = 0;
};

class Environment final : private RuntimeEvents, private RuntimeProcess::Events, private ExtensionHost::Events {
 public:
  Environment(std::string id, node::EnvironmentSpec spec, LogDestination logs, ProvisionedSandbox provisioned,
              const EnvironmentSettings& settings, const EnvironmentServices& services, EnvironmentOwner& owner);
  ~Environment() override;

  // INIT; OnReady or OnClosed follows.
  void Begin();
  // One OnResult follows: REJECTED unless takes_invocations().
  void Invoke(node::Invoke invoke);
  // Closes after the running invocation.
  void Stop(node::EnvironmentGone::Reason reason, std::string detail);
  // Closes now; a running invocation fails.
  void Abort(node::EnvironmentGone::Reason reason, std::string detail);
  // Of the streamed answer of this invocation; too late for another's is ignored.
  void Credit(const node::ResponseCredit& credit);
  void DiscardResponse() { slot_.DiscardResponse(); }
  void FlushLogs() { stream_.Flush(); }
  // What is to be asked of the controller, if anything; TakeIdentity follows when it answers.
  std::optional<node::IdentityRenewal> IdentityToRenew();
  void TakeIdentity(node::IdentityToken identity);

  const std::string& id() const { return id_; }
  bool takes_invocations() const;
  // After OnClosed: for destruction where one may wait.
  std::shared_ptr<Sandbox> TakeSandbox() { return std::move(sandbox_); }

 private:
  enum class State { kBare, kInit, kIdle, kBusy, kShutdown };

  struct Invocation {
    node::Invoke message;
    std::chrono::milliseconds limit{0};
    MonotonicTime started_at{};
    WallTime deadline{};
    DeadlineTimer::Id timer;
    bool initialising = false;     // the runtime is started anew inside this invocation
    bool runtime_started = false;  // with initialising: the function's code may have run
    bool answered = false;
    bool result_sent = false;
    node::InvocationResult result;
    std::chrono::microseconds duration{0};  // for REPORT
    PhaseStatus status;
  };

  // RuntimeEvents
  void OnRuntimeReady() override;
  void OnRuntimeAnswer(RuntimeAnswer answer) override;
  void OnInitError(RuntimeAnswer answer) override;
  void OnResponseBegin(std::string content_type) override;
  void OnResponsePiece(std::string piece) override;
  // RuntimeProcess::Events
  void OnRuntimeStarted(MonotonicTime started_at) override;
  void OnRuntimeEnded(RuntimeExit exit) override;
  void OnSandboxBroken(absl::Status why) override;
  void OnExtensionEnded(const RuntimeExit& exit) override { extensions_.OnProcessEnded(exit); }
  void OnSwept() override { SettleFailure(); }
  // ExtensionHost::Events
  void OnExtensionsRegistered() override;
  void OnExtensionsReady() override;
  void OnExtensionFailed(RuntimeFailure failure) override { Fail(std::move(failure)); }
  void OnLeaveTaken() override;

  void StartProcesses();
  absl::Status OpenRuntimeApi();
  void Advance();
  void FinishInit();
  void BeginInvocation(node::Invoke invoke);
  void Dispatch();
  void WriteStartLine();
  void FinishInvocation();
  void Fail(RuntimeFailure failure);
  void SettleFailure();
  void SettleFailedInvocation(const RuntimeFailure& failure);
  void SendPiece(node::BulkChunk::Response kind, std::string data);
  void FillFailure(const RuntimeFailure& failure);
  void MeasureDuration(std::chrono::microseconds duration);
  void WriteReport();
  void SendResult(bool environment_idle);
  void BecomeIdle(State state);
  void ArmFreeze();
  void CloseRuntimeApi();
  void FinishClose();
  void Close(node::EnvironmentGone::Reason reason, std::string detail);
  int64_t MemoryPeakBytes();
  std::chrono::microseconds Since(MonotonicTime start) const;
  node::InvocationResult Rejected(uint64_t invocation_id) const;

  const std::string id_;
  const node::EnvironmentSpec spec_;
  const EnvironmentSettings settings_;
  const EnvironmentServices services_;
  EnvironmentOwner& owner_;
  const std::vector<std::shared_ptr<const ArtifactLease>> packages_;
  const RuntimeChoice choice_;
  const RuntimeCommand command_;
  const RuntimeStart first_start_;
  IdentityAge identity_;

  std::shared_ptr<Sandbox> sandbox_;
  LogStream stream_;
  PlatformLog platform_log_;
  LogFeed feed_;
  UsageMeter usage_;
  InvocationSlot slot_;
  RuntimeProcess process_;
  ExtensionHost extensions_;

  State state_ = State::kBare;
  bool first_start_used_ = false;
  bool runtime_ready_ = false;  // it asked for an event, and has none
  bool frozen_ = false;
  std::optional<uint64_t> runtime_api_id_;
  MonotonicTime init_started_at_{};
  DeadlineTimer::Id init_timer_;
  DeadlineTimer::Id freeze_timer_;
  std::optional<std::chrono::microseconds> cold_init_duration_;  // until the first invocation reports it
  std::optional<RuntimeFailure> failure_;                        // decided; the process is being killed
  std::optional<Invocation> current_;
  std::optional<std::pair<node::EnvironmentGone::Reason, std::string>> stop_wanted_;
};

}  // namespace hearth::worker
