#include "worker/environments/runtime_process.h"

#include <utility>
#include <vector>

namespace hearth::worker {

RuntimeStart StartRuntime(Sandbox& sandbox, const RuntimeCommand& command, Clock& clock) {
  RuntimeStart start;
  start.status = sandbox.SetCpu(Sandbox::CpuMode::kBurst);
  if (!start.status.ok()) return start;
  start.started_at = clock.Monotonic();
  const absl::StatusOr<int> generation = sandbox.StartRuntime(command);
  start.status = generation.status();
  if (generation.ok()) start.generation = *generation;
  return start;
}

RuntimeProcess::RuntimeProcess(std::shared_ptr<Sandbox> sandbox, EventLoop& loop, BlockingWork& work,
                               DeadlineTimer& timer, Clock& clock, Events& events)
    : sandbox_(std::move(sandbox)), loop_(loop), work_(work), timer_(timer), clock_(clock), events_(events) {}

RuntimeProcess::~RuntimeProcess() {
  StopWatching();
  timer_.Cancel(end_deadline_);
}

// When too much waits already the loop itself does the work: late is better than never.
void RuntimeProcess::RunBusy(std::function<void()> work, void (RuntimeProcess::*done)()) {
  busy_ = true;
  const auto finish = [this, done, token = std::weak_ptr<bool>(alive_token_)] {
    if (token.expired()) return;
    busy_ = false;
    (this->*done)();
  };
  if (work_.Run(work, finish)) return;
  work();
  loop_.Post(finish);
}

void RuntimeProcess::Start(RuntimeCommand command) {
  kill_wanted_ = false;
  RunBusy([sandbox = sandbox_, start = start_, command = std::move(command),
           clock = &clock_] { *start = StartRuntime(*sandbox, command, *clock); },
          &RuntimeProcess::OnStarted);
}

void RuntimeProcess::Begin(const RuntimeStart& start) {
  *start_ = start;
  OnStarted();
}

void RuntimeProcess::OnStarted() {
  if (!start_->status.ok()) return events_.OnSandboxBroken(start_->status);
  generation_ = start_->generation;
  exit_.reset();
  if (kill_wanted_) return KillNow();
  WatchExit();
  events_.OnRuntimeStarted(start_->started_at);
}

void RuntimeProcess::Kill() {
  if (!alive() || kill_wanted_) return;
  kill_wanted_ = true;
  if (!busy_) KillNow();
}

void RuntimeProcess::KillNow() {
  kill_wanted_ = true;
  StopWatching();
  RunBusy([sandbox = sandbox_, status = kill_status_] { *status = sandbox->KillRuntime(); }, &RuntimeProcess::OnKilled);
}

void RuntimeProcess::Sweep() {
  RunBusy([sandbox = sandbox_, status = kill_status_] { *status = sandbox->KillRuntime(); },
          &RuntimeProcess::OnSweepDone);
}

void RuntimeProcess::OnSweepDone() {
  if (!kill_status_->ok()) return events_.OnSandboxBroken(*kill_status_);
  events_.OnSwept();
}

void RuntimeProcess::KeepExtensions() {
  keeps_extensions_ = true;
  WatchExit();
}

void RuntimeProcess::OnKilled() {
  ReadExit();
  if (exit_) {
    // How the runtime ended is told first, even where the sandbox ended with it.
    End();
    if (!kill_status_->ok()) events_.OnSandboxBroken(*kill_status_);
    return;
  }
  if (!kill_status_->ok()) return events_.OnSandboxBroken(*kill_status_);
  WatchExit();
  end_deadline_ = timer_.Arm(clock_.Monotonic() + kEndTimeout, [this] {
    end_deadline_ = {};
    events_.OnSandboxBroken(absl::DeadlineExceededError("the killed runtime process did not end"));
  });
}

void RuntimeProcess::OnExitNotice() {
  ReadExit();
  if (keeps_extensions_) {
    if (exit_) End();
    return TellOfExtensions();
  }
  if (!exit_) return;
  StopWatching();
  kill_wanted_ ? End() : KillNow();  // an end of its own: kill what it leaves behind
}

void RuntimeProcess::ReadExit() {
  while (std::optional<RuntimeExit> notice = sandbox_->ReadRuntimeExit()) {
    if (notice->extension != 0) {
      extension_exits_.push_back(*std::move(notice));
    } else if (notice->generation == generation_) {
      exit_ = std::move(notice);
    }
  }
}

void RuntimeProcess::TellOfExtensions() {
  for (const RuntimeExit& ended : std::exchange(extension_exits_, {})) events_.OnExtensionEnded(ended);
}

void RuntimeProcess::End() {
  timer_.Cancel(end_deadline_);
  generation_ = 0;
  kill_wanted_ = false;
  if (keeps_extensions_) WatchExit();
  events_.OnRuntimeEnded(*std::exchange(exit_, std::nullopt));
}

void RuntimeProcess::WatchExit() {
  if (exit_watch_ == 0) exit_watch_ = loop_.WatchReadable(sandbox_->exit_notice(), [this] { OnExitNotice(); });
}

void RuntimeProcess::StopWatching() {
  if (exit_watch_ != 0) loop_.Unwatch(std::exchange(exit_watch_, 0));
}

}  // namespace hearth::worker
