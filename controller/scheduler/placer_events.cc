// What workers say and what time brings: the half of Placer that reacts.
#include <algorithm>
#include <utility>

#include "controller/scheduler/placer.h"

namespace hearth::controller {
namespace {

constexpr std::chrono::seconds kSweepPeriod{1};
constexpr std::chrono::minutes kKeepUnusedKeys{10};
constexpr std::chrono::seconds kScalingPeriod{10};
constexpr std::chrono::seconds kPauseAfterDeath{1};  // of a provisioned environment

}  // namespace

void Placer::WorkerJoined(const node::Hello& hello) {
  Effects effects;
  {
    MutexLock lock(mutex_);
    ++worker_count_;
    for (const node::RunningEnvironment& running : hello.environments()) {
      auto environment = std::make_unique<Environment>();
      environment->id = running.environment_id();
      environment->key = running.key();
      environment->worker_id = hello.worker_id();
      environment->state = Environment::State::kBusy;
      environment->retire_at = RetireAt(running);
      environment->provisioned = running.provisioned();
      Environment& survivor = *environment;
      environments_.insert_or_assign(running.environment_id(), std::move(environment));
      KeyState& state = StateOf(running.key());
      ++state.busy;
      if (running.provisioned()) {
        ++state.provisioned.alive;
        provisioned_keys_.insert(running.key());
      }
      if (!running.busy()) TakesWork(state, survivor, effects);
    }
    Unblock(Block::kNoWorker, effects);
    Unblock(Block::kNoRoom, effects);
    for (const std::string& key : provisioned_keys_) {
      if (StateOf(key).provisioned.last.no_room) StateOf(key).provisioned.no_start_before = {};
    }
  }
  CarryOut(std::move(effects));
}

void Placer::WorkerLost(const std::string& worker_id) {
  Effects effects;
  {
    MutexLock lock(mutex_);
    if (worker_count_ > 0) --worker_count_;
    draining_.erase(worker_id);
    for (Environment* const lost : Those([&](const Environment& one) { return one.worker_id == worker_id; })) {
      Remove(*lost, effects);
    }
    for (const std::string& key : hungry_) Evaluate(StateOf(key), effects);
  }
  CarryOut(std::move(effects));
}

void Placer::WorkerDraining(const std::string& worker_id) {
  Effects effects;
  {
    MutexLock lock(mutex_);
    if (!draining_.emplace(worker_id, false).second) return;
    const auto unused = [&](const Environment& one) {
      return one.worker_id == worker_id && one.state != Environment::State::kBusy;
    };
    for (Environment* const environment : Those(unused)) RemoveAndStop(*environment, effects);
    for (const std::string& key : hungry_) Evaluate(StateOf(key), effects);
  }
  CarryOut(std::move(effects));
}

void Placer::FindDrained(Effects& effects) {
  for (auto& [worker_id, released] : draining_) {
    const auto here = [&id = worker_id](const auto& entry) { return entry.second->worker_id == id; };
    if (released || std::any_of(environments_.begin(), environments_.end(), here)) continue;
    released = true;
    effects.drained.push_back(worker_id);
  }
}

void Placer::EnvironmentReady(const std::string& worker_id, const node::EnvironmentReady& ready) {
  Effects effects;
  {
    MutexLock lock(mutex_);
    Environment* const environment = Find(worker_id, ready.environment_id());
    if (environment == nullptr) {
      effects.stops.push_back({worker_id, ready.environment_id()});  // nobody would ever use it
    } else if (environment->state == Environment::State::kStarting) {
      Started(*environment, ready.init_failed(), effects);
    } else if (environment->state == Environment::State::kBusy) {  // was starting when its worker came back
      const bool useless = environment->provisioned && ready.init_failed();
      if (useless) RemoveAndStop(*environment, effects);
      if (!useless) TakesWork(StateOf(environment->key), *environment, effects);
    }
  }
  CarryOut(std::move(effects));
}

// A provisioned one whose INIT failed is no use ahead of requests.
void Placer::Started(Environment& environment, bool init_failed, Effects& effects) {
  if (environment.provisioned && init_failed) {
    effects.stops.push_back({environment.worker_id, environment.id});
    return ProvisionFailed(environment, /*no_room=*/false, kInitFailure, effects);
  }
  KeyState& state = StateOf(environment.key);
  if (!environment.provisioned) {  // whose INIT may take minutes, and for which nobody waits
    state.demand.ObserveStart(
        std::chrono::duration_cast<std::chrono::microseconds>(clock_.Monotonic() - environment.started));
  }
  state.block = Block::kNone;
  state.block_detail.clear();
  state.failures_in_a_row = 0;
  state.unanswered_failures = 0;
  state.no_start_before = {};
  if (environment.provisioned) {
    --state.provisioned.starting;
    state.provisioned.last = {};
    state.provisioned.failures_in_a_row = 0;
    state.provisioned.no_start_before = {};
  }
  --state.starting;
  ++state.busy;
  TakesWork(state, environment, effects);
}

void Placer::EnvironmentIdle(const std::string& worker_id, const std::string& environment_id) {
  Effects effects;
  {
    MutexLock lock(mutex_);
    Environment* const environment = Find(worker_id, environment_id);
    if (environment == nullptr) {
      effects.stops.push_back({worker_id, environment_id});
    } else if (environment->state == Environment::State::kBusy) {
      TakesWork(StateOf(environment->key), *environment, effects);
    }
  }
  CarryOut(std::move(effects));
}

void Placer::EnvironmentGone(const std::string& worker_id, const node::EnvironmentGone& gone) {
  Effects effects;
  {
    MutexLock lock(mutex_);
    Environment* const environment = Find(worker_id, gone.environment_id());
    if (environment != nullptr) {
      const bool starting = environment->state == Environment::State::kStarting;
      KeyState& state = StateOf(environment->key);
      if (starting && gone.reason() == node::EnvironmentGone::REFUSED) {
        StartRefused(*environment, gone.detail(), effects);
      } else if (starting && gone.reason() == node::EnvironmentGone::FAILED) {
        StartFailed(*environment, Block::kStartFailed, gone.detail(), effects);
      } else {
        // Its runtime may end each time right after INIT.
        if (environment->provisioned && gone.reason() == node::EnvironmentGone::FAILED)
          state.provisioned.no_start_before = clock_.Monotonic() + kPauseAfterDeath;
        Remove(*environment, effects);
        Evaluate(state, effects);
      }
    }
    if (gone.reason() != node::EnvironmentGone::REFUSED) Unblock(Block::kNoRoom, effects);  // there is room again
  }
  CarryOut(std::move(effects));
}

// Requests that waited for what has just come may start environments again.
void Placer::Unblock(Block block, Effects& effects) {
  for (const std::string& key : hungry_) {
    KeyState& state = StateOf(key);
    if (state.block != block) continue;
    state.no_start_before = {};
    Evaluate(state, effects);
  }
}

void Placer::Tick() {
  Effects effects;
  {
    MutexLock lock(mutex_);
    std::vector<std::string> fed;
    for (const std::string& key : hungry_) {
      KeyState& state = StateOf(key);
      ExpireHeads(state, effects);
      if (state.waiting.empty()) fed.push_back(key);
      Evaluate(state, effects);
    }
    for (const std::string& key : fed) hungry_.erase(key);
    FindDrained(effects);
    KeepProvisioned(effects);
    const MonotonicTime now = clock_.Monotonic();
    if (now >= next_sweep_) {
      next_sweep_ = now + kSweepPeriod;
      Sweep(effects);
    }
  }
  CarryOut(std::move(effects));
}

MonotonicTime Placer::RetireAt(const node::RunningEnvironment& survivor) const {
  if (survivor.credentials_expire_ms() == 0) return clock_.Monotonic() + options_.max_age;
  const std::chrono::milliseconds left(survivor.credentials_expire_ms() - UnixMillis(clock_.Wall()));
  return clock_.Monotonic() + left - options_.retire_before_expiry;
}

std::vector<Environment*> Placer::Those(const std::function<bool(const Environment&)>& wanted) {
  std::vector<Environment*> those;
  for (const auto& [id, environment] : environments_) {
    if (wanted(*environment)) those.push_back(environment.get());
  }
  std::sort(those.begin(), those.end(), [](const Environment* a, const Environment* b) { return a->id < b->id; });
  return those;
}

void Placer::Sweep(Effects& effects) {
  const MonotonicTime now = clock_.Monotonic();
  const auto overdue = [&](const Environment& one) {
    const auto limit = one.provisioned ? options_.provision_deadline : options_.start_deadline;
    return one.state == Environment::State::kStarting && now - one.started > limit;
  };
  const auto outlived = [&](const Environment& one) {
    return one.state == Environment::State::kIdle && now >= one.retire_at;
  };
  for (Environment* const environment : Those(overdue)) {
    effects.stops.push_back({environment->worker_id, environment->id});
    StartFailed(*environment, Block::kStartFailed, "the environment did not become ready in time", effects);
  }
  for (Environment* const environment : Those(outlived)) RemoveAndStop(*environment, effects);
  // A bucket nobody asked for that long is full again, as a new one is.
  absl::erase_if(scaling_, [&](auto& entry) { return entry.second.IsIdle(now, kScalingPeriod); });
  absl::erase_if(keys_, [now](const auto& entry) {
    const KeyState& state = *entry.second;
    const bool provisions = state.provisioned.target.count > 0 || state.provisioned.alive > 0;
    const bool unused = state.waiting.empty() && state.starting == 0 && state.busy == 0 && state.idle.size() == 0;
    return unused && !provisions && (state.retired || now - state.last_used > kKeepUnusedKeys);
  });
}

}  // namespace hearth::controller
