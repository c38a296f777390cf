// What is kept ready ahead of requests: the half of Placer that starts environments nobody waits for.
#include <algorithm>
#include <utility>

#include "controller/scheduler/placer.h"

namespace hearth::controller {
namespace {

using std::chrono::milliseconds;

// Each attempt runs the function's code, and somebody must mend it first.
constexpr milliseconds kFirstPause{1000};
constexpr milliseconds kLongestPause{60000};
// Room comes and goes with other functions' environments.
constexpr milliseconds kLongestPauseForRoom{4000};

milliseconds Pause(int failures_in_a_row, bool no_room) {
  const milliseconds pause = kFirstPause * (1 << std::min(failures_in_a_row, 10));
  return std::min(pause, no_room ? kLongestPauseForRoom : kLongestPause);
}

}  // namespace

void Placer::Provision(const std::map<std::string, ProvisionTarget>& targets) {
  Effects effects;
  {
    MutexLock lock(mutex_);
    provisions_ = true;
    for (const std::string& key : provisioned_keys_) {
      if (!targets.contains(key)) StateOf(key).provisioned.target.count = 0;
    }
    for (const auto& [key, target] : targets) {
      KeyState& state = StateOf(key);
      ProvisionedEnvironments& provisioned = state.provisioned;
      if (provisioned.target.revision != target.revision) {
        provisioned.last = {};
        provisioned.failures_in_a_row = 0;
        provisioned.no_start_before = {};
      }
      provisioned.target = target;
      if (state.version == nullptr) state.version = target.version;
      provisioned_keys_.insert(key);
    }
    KeepProvisioned(effects);
  }
  CarryOut(std::move(effects));
}

ProvisionState Placer::Provisioned(const std::string& environment_key) const {
  MutexLock lock(mutex_);
  const auto it = keys_.find(environment_key);
  if (it == keys_.end()) return {};
  const ProvisionedEnvironments& provisioned = it->second->provisioned;
  ProvisionState state = provisioned.last;
  state.ready = provisioned.alive - provisioned.starting;
  return state;
}

// Before the first Provision nothing is known of what survivors are kept for.
void Placer::KeepProvisioned(Effects& effects) {
  if (!provisions_ || stopping_) return;
  size_t room = kMaxProvisionedStartingPerWorker * worker_count_;
  for (const std::string& key : provisioned_keys_) room -= std::min(room, StateOf(key).provisioned.starting);
  for (auto it = provisioned_keys_.begin(); it != provisioned_keys_.end();) {
    KeyState& state = StateOf(*it);
    if (state.retired) state.provisioned.target.count = 0;
    StopSurplus(state, effects);
    room -= StartProvisioned(state, room, effects);
    const bool over = state.provisioned.target.count == 0 && state.provisioned.alive == 0;
    it = over ? provisioned_keys_.erase(it) : std::next(it);
  }
}

// What is busy or starting follows when it is free: TakesWork.
void Placer::StopSurplus(KeyState& state, Effects& effects) {
  while (HasSurplus(state)) {
    Environment* const spare = state.provisioned.idle.TakeNewest();
    if (spare == nullptr) return;
    ++state.busy;
    spare->state = Environment::State::kBusy;
    RemoveAndStop(*spare, effects);
  }
}

// After a failure one at a time, until one becomes ready.
size_t Placer::StartProvisioned(KeyState& state, size_t at_most, Effects& effects) {
  const ProvisionedEnvironments& provisioned = state.provisioned;
  if (provisioned.alive >= provisioned.target.count || clock_.Monotonic() < provisioned.no_start_before) return 0;
  size_t starts = std::min(at_most, provisioned.target.count - provisioned.alive);
  if (provisioned.failures_in_a_row > 0) starts = std::min<size_t>(starts, provisioned.starting == 0 ? 1 : 0);
  for (size_t i = 0; i < starts; ++i) AddStart(state, provisioned.target.version, /*provisioned=*/true, effects);
  return starts;
}

void Placer::ProvisionFailed(Environment& environment, bool no_room, const std::string& why, Effects& effects) {
  KeyState& state = StateOf(environment.key);
  ProvisionedEnvironments& provisioned = state.provisioned;
  provisioned.last = {.failure = why, .no_room = no_room};
  provisioned.no_start_before = clock_.Monotonic() + Pause(provisioned.failures_in_a_row++, no_room);
  Remove(environment, effects);
}

bool Placer::HasSurplus(const KeyState& state) const {
  return provisions_ && state.provisioned.alive > state.provisioned.target.count;
}

WarmSlots& Placer::IdleOf(KeyState& state, const Environment& environment) {
  return environment.provisioned ? state.provisioned.idle : state.idle;
}

Environment* Placer::TakeIdle(KeyState& state) {
  Environment* const ready = state.provisioned.idle.TakeNewest();
  return ready != nullptr ? ready : state.idle.TakeNewest();
}

// An invocation has got this environment.
void Placer::CountPlacement(const KeyState& state, const Environment& environment) {
  if (environment.provisioned) {
    ++provisioned_invocations_;
  } else if (state.provisioned.target.count > 0) {
    ++spillover_invocations_;
  }
}

}  // namespace hearth::controller
