#include "controller/scheduler/placer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hearth::controller {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstBackOff{50};
constexpr milliseconds kLongestBackOff{2000};
constexpr int64_t kBytesPerMb = 1 << 20;
constexpr double kScalingSeconds = 10;

// Never one of the codes that mean a link is down.
absl::Status SpecFailed(const absl::Status& why) {
  if (!absl::IsUnavailable(why) && !absl::IsResourceExhausted(why)) return why;
  return absl::InternalError(why.message());
}

NotPlaced Stopped() { return {NotPlaced::Reason::kStopping, "the controller is stopping"}; }

milliseconds BackOff(int failures_in_a_row) {
  return std::min(kFirstBackOff * (1 << std::min(failures_in_a_row, 10)), kLongestBackOff);
}

int64_t MemoryBytes(const records::FunctionVersion& version) { return version.memory_mb() * kBytesPerMb; }

std::string FunctionOf(const records::FunctionVersion& version) {
  return fmt::format("{}/{}", version.account(), version.name());
}

StartNeed NeedOf(const records::FunctionVersion& version) {
  return {.locality = FunctionOf(version),
          .runtime = version.runtime(),
          .runtime_version_arn = version.update_runtime_on() == records::FunctionVersion::AUTO
                                     ? std::string()
                                     : version.runtime_version_arn(),
          .architecture = version.architecture(),
          .memory_bytes = MemoryBytes(version)};
}

}  // namespace

Placer::Placer(PlacerOptions options, Fleet& fleet, WorkerCommands& workers, SpecFactory spec_of, Clock& clock,
               Random& random)
    : options_(std::move(options)),
      fleet_(fleet),
      workers_(workers),
      spec_of_(std::move(spec_of)),
      clock_(clock),
      random_(random) {}

Async<PlaceOutcome> Placer::Place(FunctionVersionPtr version, Choice choice) {
  if (choice == Choice::kAny) {
    if (std::optional<PlaceOutcome> warm = TakeWarm(version)) co_return *std::move(warm);
  }
  Completion<PlaceOutcome> completion;
  if (std::optional<PlaceOutcome> at_once = Enqueue(version, choice, completion)) co_return *std::move(at_once);
  PlaceOutcome outcome = co_await completion.Wait();
  co_return outcome;
}

std::optional<PlaceOutcome> Placer::TakeWarm(const FunctionVersionPtr& version) {
  MutexLock lock(mutex_);
  const auto it = keys_.find(version->environment_key());
  if (it == keys_.end()) return std::nullopt;
  Environment* const newest = TakeIdle(*it->second);
  if (newest == nullptr) return std::nullopt;
  newest->state = Environment::State::kBusy;
  ++it->second->busy;
  CountPlacement(*it->second, *newest);
  return Placement{newest->worker_id, newest->id};
}

std::optional<PlaceOutcome> Placer::Enqueue(const FunctionVersionPtr& version, Choice choice,
                                            const Completion<PlaceOutcome>& completion) {
  Effects effects;
  {
    MutexLock lock(mutex_);
    if (stopping_) return Stopped();
    KeyState& state = StateOf(version->environment_key());
    state.version = version;
    if (state.waiting.size() >= options_.max_waiting) {
      return NotPlaced{NotPlaced::Reason::kQueueFull,
                       fmt::format("{} requests wait for {} already", state.waiting.size(), version->name())};
    }
    if (state.waiting.empty()) state.hungry_since = clock_.Monotonic();
    state.waiting.push_back({completion, clock_.Monotonic()});
    hungry_.insert(version->environment_key());
    Environment* const freed = choice == Choice::kAny ? TakeIdle(state) : nullptr;
    if (freed != nullptr) {  // came back since TakeWarm
      ++state.busy;
      TakesWork(state, *freed, effects);
    } else if (Evaluate(state, effects) > 0) {  // what waited before goes first; this one is too many
      state.waiting.pop_back();
      if (state.waiting.empty()) hungry_.erase(version->environment_key());
      return NotPlaced{NotPlaced::Reason::kScalingRate, fmt::format("{} grows too fast", version->name())};
    }
  }
  CarryOut(std::move(effects));
  return std::nullopt;
}

void Placer::CarryOut(Effects effects) {
  for (auto& [completion, outcome] : effects.answers) completion.Set(std::move(outcome));
  for (const auto& [worker_id, memory_bytes] : effects.releases) fleet_.Release(worker_id, memory_bytes);
  for (const Placement& stop : effects.stops) workers_.Stop(stop.worker_id, stop.environment_id).IgnoreError();
  for (const std::string& worker_id : effects.drained) workers_.Release(worker_id).IgnoreError();
  for (const StartOrder& order : effects.starts) Start(order);
}

void Placer::Start(const StartOrder& order) {
  const StartNeed need = NeedOf(*order.version);
  const std::optional<std::string> worker_id = fleet_.Choose(need, order.excluded);
  if (!worker_id) {
    const Block block = order.excluded.empty() ? Block::kNoWorker : Block::kNoRoom;
    const std::string detail = fmt::format("no worker serves {}{} on {} with {} MB", need.runtime,
                                           need.runtime_version_arn.empty() ? "" : " in the version it is kept at",
                                           need.architecture, order.version->memory_mb());
    return StartCameToNothing(order.environment_id, block, detail);
  }
  {
    MutexLock lock(mutex_);
    const auto it = environments_.find(order.environment_id);
    if (it != environments_.end()) it->second->worker_id = *worker_id;
  }
  const absl::Status sent = SendStart(order, *worker_id);
  if (sent.ok()) return;
  const bool link = absl::IsUnavailable(sent) || absl::IsResourceExhausted(sent);
  StartCameToNothing(order.environment_id, link ? Block::kNoRoom : Block::kStartFailed, std::string(sent.message()),
                     sent);
}

absl::Status Placer::SendStart(const StartOrder& order, const std::string& worker_id) {
  absl::StatusOr<node::EnvironmentSpec> spec = spec_of_(*order.version);
  if (!spec.ok()) return SpecFailed(spec.status());
  node::StartEnvironment start;
  start.set_environment_id(order.environment_id);
  *start.mutable_spec() = *std::move(spec);
  start.mutable_spec()->set_provisioned(order.provisioned);
  return workers_.Start(worker_id, start);
}

void Placer::StartCameToNothing(const std::string& environment_id, Block block, const std::string& detail,
                                const absl::Status& cause) {
  Effects effects;
  {
    MutexLock lock(mutex_);
    const auto it = environments_.find(environment_id);
    if (it == environments_.end()) return;
    if (!it->second->provisioned) StateOf(it->second->key).block_cause = cause;
    if (block == Block::kNoRoom && !it->second->worker_id.empty()) {
      StartRefused(*it->second, detail, effects);
    } else {
      StartFailed(*it->second, block, detail, effects);
    }
  }
  CarryOut(std::move(effects));
}

void Placer::InvocationEnded(const std::string& environment_id, bool idle, std::chrono::microseconds duration) {
  Effects effects;
  {
    MutexLock lock(mutex_);
    const auto it = environments_.find(environment_id);
    if (it == environments_.end() || it->second->state != Environment::State::kBusy) return;
    KeyState& state = StateOf(it->second->key);
    if (duration.count() > 0) state.demand.ObserveDuration(duration);
    if (idle) TakesWork(state, *it->second, effects);
  }
  CarryOut(std::move(effects));
}

void Placer::Forget(const std::string& environment_id) {
  Effects effects;
  {
    MutexLock lock(mutex_);
    const auto it = environments_.find(environment_id);
    if (it == environments_.end()) return;
    KeyState& state = StateOf(it->second->key);
    Remove(*it->second, effects);
    Evaluate(state, effects);
  }
  CarryOut(std::move(effects));
}

void Placer::Discard(const std::string& environment_id) {
  Effects effects;
  {
    MutexLock lock(mutex_);
    const auto it = environments_.find(environment_id);
    if (it == environments_.end()) return;
    KeyState& state = StateOf(it->second->key);
    RemoveAndStop(*it->second, effects);
    Evaluate(state, effects);
  }
  CarryOut(std::move(effects));
}

void Placer::Retire(const std::string& environment_key) {
  Effects effects;
  {
    MutexLock lock(mutex_);
    const auto it = keys_.find(environment_key);
    if (it == keys_.end()) return;
    it->second->retired = true;
    for (WarmSlots* const idle : {&it->second->idle, &it->second->provisioned.idle}) {
      for (Environment* const environment : idle->TakeAll()) {
        ++it->second->busy;
        environment->state = Environment::State::kBusy;
        RemoveAndStop(*environment, effects);
      }
    }
  }
  CarryOut(std::move(effects));
}

Placer::KeyState& Placer::StateOf(const std::string& key) {
  std::unique_ptr<KeyState>& state = keys_[key];
  if (state == nullptr) state = std::make_unique<KeyState>();
  state->last_used = clock_.Monotonic();
  return *state;
}

Environment* Placer::Find(const std::string& worker_id, const std::string& environment_id) {
  const auto it = environments_.find(environment_id);
  return it == environments_.end() || it->second->worker_id != worker_id ? nullptr : it->second.get();
}

// Precondition: the environment counts as busy.
void Placer::TakesWork(KeyState& state, Environment& environment, Effects& effects) {
  environment.state = Environment::State::kBusy;
  if (clock_.Monotonic() >= environment.retire_at || draining_.contains(environment.worker_id)) {
    RemoveAndStop(environment, effects);
    Evaluate(state, effects);
    return;
  }
  if (!state.waiting.empty()) {
    effects.answers.emplace_back(std::move(state.waiting.front().completion),
                                 Placement{environment.worker_id, environment.id});
    CountPlacement(state, environment);
    state.waiting.pop_front();
    if (state.waiting.empty()) hungry_.erase(environment.key);
    Evaluate(state, effects);
    return;
  }
  if (state.retired || (environment.provisioned && HasSurplus(state))) return RemoveAndStop(environment, effects);
  environment.state = Environment::State::kIdle;
  --state.busy;
  IdleOf(state, environment).Put(environment);
}

// A provisioned start, whose INIT may take minutes, is waited for by nobody; it serves whoever waits when it is ready.
size_t Placer::Evaluate(KeyState& state, Effects& effects) {
  const MonotonicTime now = clock_.Monotonic();
  if (state.waiting.empty() || now < state.no_start_before) return 0;
  const Situation situation{.waiting = state.waiting.size(),
                            .starting = state.starting - state.provisioned.starting,
                            .busy = state.busy,
                            .oldest_wait = now - state.waiting.front().since,
                            .hungry_for = now - state.hungry_since,
                            .max_starting = kMaxStartingPerWorker * std::max<size_t>(worker_count_, 1)};
  size_t starts = state.demand.StartsNeeded(situation);
  if (state.block != Block::kNone) starts = std::min<size_t>(starts, situation.starting == 0 ? 1 : 0);  // probe
  const size_t allowed = TakeStarts(state, starts);
  for (size_t i = 0; i < allowed; ++i) AddStart(state, state.version, /*provisioned=*/false, effects);
  return starts - allowed;
}

size_t Placer::TakeStarts(const KeyState& state, size_t wanted) {
  if (wanted == 0 || !options_.limits_of) return wanted;
  // A look-up, under the mutex against the rule: most requests that wait start nothing and need no limit.
  const auto capacity = static_cast<double>(options_.limits_of(state.version->account()).environments_per_ten_seconds);
  if (capacity == 0) return wanted;
  TokenBucket& bucket = scaling_[FunctionOf(*state.version)];
  size_t taken = 0;
  while (taken < wanted && bucket.Take(capacity / kScalingSeconds, capacity, clock_.Monotonic())) ++taken;
  return taken;
}

void Placer::AddStart(KeyState& state, const FunctionVersionPtr& version, bool provisioned, Effects& effects) {
  auto environment = std::make_unique<Environment>();
  environment->id = "e" + random_.Hex(7);  // 15 characters fit a std::string in place
  environment->key = version->environment_key();
  environment->provisioned = provisioned;
  environment->memory_bytes = MemoryBytes(*version);
  environment->started = clock_.Monotonic();
  environment->retire_at = environment->started + options_.max_age;
  ++state.starting;
  if (provisioned) {
    ++state.provisioned.alive;
    ++state.provisioned.starting;
  }
  effects.starts.push_back({environment->id, version, {}, provisioned});
  std::string id = environment->id;
  environments_.insert_or_assign(std::move(id), std::move(environment));
}

void Placer::StartFailed(Environment& environment, Block block, const std::string& detail, Effects& effects) {
  if (environment.provisioned) return ProvisionFailed(environment, block != Block::kStartFailed, detail, effects);
  KeyState& state = StateOf(environment.key);
  state.block = block;
  state.block_detail = detail;
  state.no_start_before = clock_.Monotonic() + BackOff(state.failures_in_a_row++);
  if (block == Block::kStartFailed) {
    ++state.unanswered_failures;
  } else if (const auto bucket = scaling_.find(FunctionOf(*state.version)); bucket != scaling_.end()) {
    bucket->second.GiveBack();  // nobody took it: the function has not grown
  }
  Remove(environment, effects);
  FailHeads(state, effects);
}

// The next worker, while somebody waits for it and there is one; else a pause.
void Placer::StartRefused(Environment& environment, const std::string& detail, Effects& effects) {
  KeyState& state = StateOf(environment.key);
  effects.releases.emplace_back(environment.worker_id, environment.memory_bytes);
  environment.refused_by.push_back(std::exchange(environment.worker_id, ""));
  const bool provisioned = environment.provisioned;
  const bool wanted = provisioned || state.waiting.size() >= state.starting - state.provisioned.starting;
  if (wanted && environment.refused_by.size() < kMaxPlacementAttempts) {
    const FunctionVersionPtr& version = provisioned ? state.provisioned.target.version : state.version;
    effects.starts.push_back({environment.id, version, environment.refused_by, provisioned});
    return;
  }
  StartFailed(environment, Block::kNoRoom, detail, effects);
}

// When nothing runs and nothing is coming, whoever waited for the failed starts is told.
void Placer::FailHeads(KeyState& state, Effects& effects) {
  if (state.starting > state.provisioned.starting || state.busy > 0) return;
  for (; state.unanswered_failures > 0 && !state.waiting.empty(); --state.unanswered_failures) {
    effects.answers.emplace_back(std::move(state.waiting.front().completion),
                                 NotPlaced{NotPlaced::Reason::kStartFailed, state.block_detail, state.block_cause});
    state.waiting.pop_front();
  }
  state.unanswered_failures = 0;
  if (state.waiting.empty() && state.version != nullptr) hungry_.erase(state.version->environment_key());
}

void Placer::ExpireHeads(KeyState& state, Effects& effects) {
  const bool no_worker = state.block == Block::kNoWorker && state.starting == 0 && state.busy == 0;
  const milliseconds patience = no_worker ? options_.no_worker_deadline : options_.wait_deadline;
  const MonotonicTime latest = clock_.Monotonic() - patience;
  while (!state.waiting.empty() && state.waiting.front().since <= latest) {
    NotPlaced::Reason reason = NotPlaced::Reason::kTimedOut;
    if (no_worker) reason = NotPlaced::Reason::kNoWorker;
    if (state.block == Block::kNoRoom) reason = NotPlaced::Reason::kNoRoom;
    const std::string detail = fmt::format("no environment became free in {} ms{}{}", patience.count(),
                                           state.block_detail.empty() ? "" : ": ", state.block_detail);
    effects.answers.emplace_back(std::move(state.waiting.front().completion), NotPlaced{reason, detail});
    state.waiting.pop_front();
  }
}

// Leaves every list and count; `environment` is gone when it returns.
void Placer::Remove(Environment& environment, Effects& effects) {
  KeyState& state = StateOf(environment.key);
  switch (environment.state) {
    case Environment::State::kStarting:
      --state.starting;
      if (environment.provisioned) --state.provisioned.starting;
      break;
    case Environment::State::kIdle:
      IdleOf(state, environment).Remove(environment);
      break;
    case Environment::State::kBusy:
      --state.busy;
      break;
  }
  if (environment.provisioned) --state.provisioned.alive;
  if (!environment.worker_id.empty()) {
    effects.releases.emplace_back(environment.worker_id, environment.memory_bytes);
  }
  environments_.erase(std::string(environment.id));
}

void Placer::RemoveAndStop(Environment& environment, Effects& effects) {
  effects.stops.push_back({environment.worker_id, environment.id});
  Remove(environment, effects);
}

void Placer::Stop() {
  Effects effects;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    for (const std::string& key : hungry_) {
      for (Waiting& waiting : StateOf(key).waiting) effects.answers.emplace_back(waiting.completion, Stopped());
      StateOf(key).waiting.clear();
    }
    hungry_.clear();
  }
  CarryOut(std::move(effects));
}

PlacerCounts Placer::Counts() const {
  MutexLock lock(mutex_);
  PlacerCounts counts;
  counts.provisioned_invocations = provisioned_invocations_;
  counts.spillover_invocations = spillover_invocations_;
  for (const auto& [key, state] : keys_) {
    counts.idle += state->idle.size() + state->provisioned.idle.size();
    counts.provisioned += state->provisioned.alive - state->provisioned.starting;
    counts.busy += state->busy;
    counts.starting += state->starting;
    counts.waiting += state->waiting.size();
  }
  return counts;
}

}  // namespace hearth::controller
