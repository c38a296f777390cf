#include "controller/sources/source_pollers.h"

#include <algorithm>
#include <chrono>

namespace hearth::controller {
namespace {

std::string KeyOf(const records::EventSource& source) { return source.account() + "/" + source.id(); }

}  // namespace

SourcePollers::SourcePollers(EventSources& sources, PollerServices services)
    : sources_(sources), services_(std::move(services)) {
  sources_.SetOnChanged([this] { Wake(); });
}

std::optional<MonotonicTime> SourcePollers::RunOnce() {
  {
    MutexLock lock(mutex_);
    woken_ = false;
  }
  for (const SourceView& view : sources_.All()) Follow(view);
  std::optional<MonotonicTime> next;
  for (auto& [key, running] : running_) {
    const std::optional<MonotonicTime> due = running.poller->Tick();
    if (due) next = std::min(next.value_or(*due), *due);
  }
  return next;
}

void SourcePollers::Follow(const SourceView& view) {
  const std::string key = KeyOf(view.source);
  const bool wanted = view.source.enabled() && view.state != SourceState::kDeleting;
  const auto found = running_.find(key);
  if (found == running_.end()) {
    if (wanted) Start(view, running_[key]);
    if (view.state != SourceState::kEnabled && view.state != SourceState::kDisabled) sources_.Settled(view);
    return;
  }
  Running& running = found->second;
  if (wanted && !running.stopping && running.source == view.source.SerializeAsString()) {
    if (view.state != SourceState::kEnabled) sources_.Settled(view);
    return;
  }
  if (!running.stopping) {
    running.stopping = true;
    running.poller->Stop();
  }
  if (!running.poller->IsIdle()) return;  // what it was before ends first
  running_.erase(found);
  Follow(view);
}

void SourcePollers::Start(const SourceView& view, Running& running) {
  const records::EventSource& source = view.source;
  running.source = source.SerializeAsString();
  const auto report = [this, account = source.account(), id = source.id()](std::string problem) {
    sources_.SetProblem(account, id, std::move(problem));
  };
  running.poller = std::make_shared<QueuePoller>(source, services_, report, [this] { Wake(); });
}

void SourcePollers::Wait(std::optional<MonotonicTime> until) {
  MutexLock lock(mutex_);
  const auto something = [this] { return woken_; };
  if (!until) return happened_.wait(lock.native(), something);
  const auto left = std::max(*until - services_.clock.Monotonic(), MonotonicTime::duration(0));
  happened_.wait_for(lock.native(), left, something);
}

void SourcePollers::Wake() {
  {
    MutexLock lock(mutex_);
    woken_ = true;
  }
  happened_.notify_one();
}

void SourcePollers::Stop() {
  for (auto& [key, running] : running_) running.poller->Stop();
}

}  // namespace hearth::controller
