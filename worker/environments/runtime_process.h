// RuntimeProcess runs one runtime process after another in a sandbox: starts it, notices its end, leaves nothing alive.
//
// Shapes:  Start and Kill answer through Events. However a process ends, everything else inside is killed before
//          OnRuntimeEnded.
// Errors:  OnSandboxBroken when the sandbox does not do what it is told; it is of no use any more.
// Threads: the loop's; the launcher is waited for on BlockingWork. While `busy()` nobody else may use the sandbox.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "common/clock.h"
#include "worker/environments/deadline_timer.h"
#include "worker/environments/event_loop.h"
#include "worker/sandbox/sandbox.h"

namespace hearth::worker {

struct RuntimeStart {
  absl::Status status;
  int generation = 0;
  MonotonicTime started_at{};
};

// Lifts the CPU quota and starts the process. Blocks.
RuntimeStart StartRuntime(Sandbox& sandbox, const RuntimeCommand& command, Clock& clock);

class RuntimeProcess {
 public:
  class Events {
   public:
    virtual ~Events() = default;
    virtual void OnRuntimeStarted(MonotonicTime started_at) = 0;
    virtual void OnRuntimeEnded(RuntimeExit exit) = 0;
    virtual void OnSandboxBroken(absl::Status why) = 0;
    virtual void OnExtensionEnded(const RuntimeExit& exit) = 0;
    virtual void OnSwept() = 0;
  };

  RuntimeProcess(std::shared_ptr<Sandbox> sandbox, EventLoop& loop, BlockingWork& work, DeadlineTimer& timer,
                 Clock& clock, Events& events);
  ~RuntimeProcess();

  void Start(RuntimeCommand command);
  // The same for a process that was started already.
  void Begin(const RuntimeStart& start);
  // Nothing when none runs; while one is being started it is killed as soon as it has been.
  void Kill();
  // Kills what else lives inside while no runtime does; OnSwept follows.
  void Sweep();

  // Extensions run beside the process: their ends are told too, and they survive its end.
  void KeepExtensions();

  bool alive() const { return generation_ != 0 || busy_; }
  bool busy() const { return busy_; }

 private:
  static constexpr std::chrono::seconds kEndTimeout{10};  // from SIGKILL to the exit notice

  void RunBusy(std::function<void()> work, void (RuntimeProcess::*done)());
  void OnStarted();
  void KillNow();
  void OnKilled();
  void OnSweepDone();
  void OnExitNotice();
  void WatchExit();
  void StopWatching();
  void ReadExit();
  void TellOfExtensions();
  void End();

  const std::shared_ptr<Sandbox> sandbox_;
  EventLoop& loop_;
  BlockingWork& work_;
  DeadlineTimer& timer_;
  Clock& clock_;
  Events& events_;

  bool busy_ = false;
  int generation_ = 0;  // 0: no process
  bool kill_wanted_ = false;
  bool keeps_extensions_ = false;
  std::shared_ptr<RuntimeStart> start_ = std::make_shared<RuntimeStart>();
  std::shared_ptr<absl::Status> kill_status_ = std::make_shared<absl::Status>();
  std::optional<RuntimeExit> exit_;
  std::vector<RuntimeExit> extension_exits_;
  uint64_t exit_watch_ = 0;
  DeadlineTimer::Id end_deadline_;
  const std::shared_ptr<bool> alive_token_ = std::make_shared<bool>(true);  // work may outlive this
};

}  // namespace hearth::worker
