#include "worker/environments/local_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "common/errors.h"
#include "common/limits.h"
#include "common/log.h"

namespace hearth::worker {
namespace {

constexpr std::chrono::milliseconds kTick{1000};
constexpr int kMaxEvictionsPerTick = 8;
// An environment makes room for another function once it was of use for a while or is not in use right now. Otherwise
// two busy functions would stop each other's environments as fast as they are made.
constexpr std::chrono::milliseconds kMinResidency{1000};
constexpr std::chrono::milliseconds kMinIdle{100};

node::EnvironmentGone Gone(const std::string& id, node::EnvironmentGone::Reason reason, std::string detail) {
  node::EnvironmentGone gone;
  gone.set_environment_id(id);
  gone.set_reason(reason);
  gone.set_detail(std::move(detail));
  return gone;
}

// The id names cgroups: exactly the form SandboxSpec asks for.
bool ValidId(const std::string& id) {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

absl::Status CheckSpec(const node::StartEnvironment& start) {
  const node::EnvironmentSpec& spec = start.spec();
  if (!ValidId(start.environment_id()))
    return absl::InvalidArgumentError("the environment's id is not [a-z0-9-]{1,64}");
  if (spec.memory_mb() < kMinMemoryMb || spec.memory_mb() > kMaxMemoryMb) {
    return absl::InvalidArgumentError(fmt::format("memory of {} MB is out of range", spec.memory_mb()));
  }
  if (spec.timeout_ms() < 1 || spec.timeout_ms() > kMaxTimeoutSeconds * 1000) {
    return absl::InvalidArgumentError(fmt::format("timeout of {} ms is out of range", spec.timeout_ms()));
  }
  if (spec.ephemeral_storage_mb() < kMinEphemeralStorageMb || spec.ephemeral_storage_mb() > kMaxEphemeralStorageMb) {
    return absl::InvalidArgumentError(fmt::format("storage of {} MB is out of range", spec.ephemeral_storage_mb()));
  }
  return absl::OkStatus();
}

node::EnvironmentGone::Reason ReasonOf(const absl::Status& status) {
  return absl::IsResourceExhausted(status) ? node::EnvironmentGone::REFUSED : node::EnvironmentGone::FAILED;
}

int64_t Micros(MonotonicTime::duration span) {
  return std::chrono::duration_cast<std::chrono::microseconds>(span).count();
}

}  // namespace

LocalEnvironmentPool::LocalEnvironmentPool(const PoolSettings& settings, const EnvironmentServices& services,
                                           Provisioner& provisioner, Random& random, AvailableMemory available_memory,
                                           PoolEvents& events, ParkedPool* parked)
    : settings_(settings),
      services_(services),
      provisioner_(provisioner),
      random_(random),
      available_memory_(std::move(available_memory)),
      events_(events),
      parked_(parked),
      roster_(settings.memory_bytes * settings.oversubscription_percent / 100) {
  services_.loop.PostAfter(kTick, WhileAlive([this] { Tick(); }));
  if (parked_ == nullptr) return;
  services_.loop.Post(WhileAlive([this] {
    parked_->SetRoom([this](int64_t bytes) { return HasRoomToPark(bytes); });
    parked_->Tick();
  }));
}

LocalEnvironmentPool::~LocalEnvironmentPool() {
  std::vector<std::shared_ptr<Sandbox>> sandboxes;
  services_.loop.RunAndWait([&] {
    alive_.reset();
    provisioner_.Abandon();
    if (parked_ != nullptr) parked_->SetRoom(nullptr);
    for (auto& [id, home] : homes_) {
      if (!home.environment) continue;
      home.environment->Abort(node::EnvironmentGone::STOPPED, "The worker is shutting down");
      sandboxes.push_back(home.environment->TakeSandbox());
    }
    homes_.clear();
  });
}

std::function<void()> LocalEnvironmentPool::WhileAlive(std::function<void()> task) {
  return [task = std::move(task), alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) task();
  };
}

// ---- what the controller asks ----

void LocalEnvironmentPool::Start(node::StartEnvironment start) {
  roster_.Announce(start.environment_id(), start.spec());
  services_.loop.Post([this, alive = std::weak_ptr<bool>(alive_), start = std::move(start)]() mutable {
    if (!alive.expired()) StartOnLoop(std::move(start));
  });
}

void LocalEnvironmentPool::Invoke(node::Invoke invoke) {
  services_.loop.Post([this, alive = std::weak_ptr<bool>(alive_), invoke = std::move(invoke)]() mutable {
    if (!alive.expired()) InvokeOnLoop(std::move(invoke));
  });
}

void LocalEnvironmentPool::Stop(const std::string& environment_id) {
  services_.loop.Post(WhileAlive([this, environment_id] { StopOnLoop(environment_id); }));
}

void LocalEnvironmentPool::Credit(node::ResponseCredit credit) {
  services_.loop.Post(WhileAlive([this, credit = std::move(credit)] {
    const auto found = homes_.find(credit.environment_id());
    if (found != homes_.end() && found->second.environment) found->second.environment->Credit(credit);
  }));
}

void LocalEnvironmentPool::DiscardResponses() {
  services_.loop.Post(WhileAlive([this] {
    for (auto& [id, home] : homes_) {
      if (home.environment) home.environment->DiscardResponse();
    }
  }));
}

void LocalEnvironmentPool::RenewIdentity(node::RenewedIdentity renewed) {
  services_.loop.Post(WhileAlive([this, renewed = std::move(renewed)] {
    const auto found = homes_.find(renewed.environment_id());
    if (found == homes_.end() || !found->second.environment) return;
    found->second.environment->TakeIdentity(renewed.identity());
  }));
}

void LocalEnvironmentPool::Abort(const std::string& environment_id) {
  services_.loop.Post(WhileAlive([this, environment_id] { AbortOnLoop(environment_id); }));
}

void LocalEnvironmentPool::StartOnLoop(node::StartEnvironment start) {
  const std::string& id = start.environment_id();
  if (homes_.contains(id)) {
    LogWarn("an environment was asked for twice", {{"environment", id}});
    return;  // its one answer is on the way or given
  }
  if (absl::Status admitted = Admit(start); !admitted.ok()) {
    roster_.Remove(id);
    return events_.OnEnvironmentGone(Gone(id, ReasonOf(admitted), std::string(admitted.message())));
  }
  const node::EnvironmentSpec& spec = start.spec();
  homes_[id].entry = roster_.Admit(id, int64_t{spec.memory_mb()} << 20);
  homes_[id].asked_at = services_.clock.Monotonic();
  LogDestination logs{
      spec.account(), spec.log_group(),
      LogStreamName(services_.clock.Wall(), spec.function_name(), spec.version(), spec.log_group(), random_.Hex(16)),
      LogRules::Of(spec)};
  provisioner_.Provision(id, spec, logs.log_stream,
                         [this, alive = std::weak_ptr<bool>(alive_), id, spec, logs](auto provisioned) {
                           if (!alive.expired()) OnProvisioned(id, spec, logs, std::move(provisioned));
                         });
  LimitParked();
}

// After a start, which may have used a parked one up.
void LocalEnvironmentPool::LimitParked() {
  if (parked_ == nullptr) return;
  while (static_cast<int>(homes_.size()) + parked_->count() > settings_.max_environments && parked_->GiveUp(1) > 0) {
  }
}

absl::Status LocalEnvironmentPool::Admit(const node::StartEnvironment& start) {
  RETURN_IF_ERROR(CheckSpec(start));
  if (static_cast<int>(homes_.size()) >= settings_.max_environments) {
    return absl::ResourceExhaustedError(fmt::format("all {} environments are in use", settings_.max_environments));
  }
  const int64_t needed = int64_t{start.spec().memory_mb()} << 20;
  // A provisioned one goes before idle ones of its own function, too.
  if (MakeRoom(needed, start.spec().provisioned() ? std::string() : start.spec().key())) return absl::OkStatus();
  return absl::ResourceExhaustedError(fmt::format("no room for {} MB: {} of {} MB are reserved",
                                                  start.spec().memory_mb(), roster_.reserved_bytes() >> 20,
                                                  roster_.capacity_bytes() >> 20));
}

// Gives up parked ones, then stops environments of other keys, idle longest first, until `bytes` fit; none of these
// when even that would not do.
bool LocalEnvironmentPool::MakeRoom(int64_t bytes, const std::string& key) {
  int64_t excess = roster_.reserved_bytes() + bytes - roster_.capacity_bytes();
  if (parked_ != nullptr) parked_->GiveUp(excess + parked_->reserved_bytes());
  std::vector<std::string> yielding;
  for (const KeepAlive::Idle& idle : keep_alive_.OldestFirst()) {
    if (excess <= 0) break;
    if (!Yields(idle, key)) continue;
    excess -= homes_.at(idle.id).entry->memory_bytes;
    yielding.push_back(idle.id);
  }
  if (excess > 0) return false;
  for (const std::string& id : yielding) Evict(id, node::EnvironmentGone::MEMORY_PRESSURE);
  return true;
}

bool LocalEnvironmentPool::HasRoomToPark(int64_t bytes) const {
  if (static_cast<int>(homes_.size()) + parked_->count() >= settings_.max_environments) return false;
  if (roster_.reserved_bytes() + parked_->reserved_bytes() + bytes > roster_.capacity_bytes()) return false;
  const absl::StatusOr<int64_t> available = available_memory_();
  return available.ok() && *available - bytes >= settings_.min_available_bytes;
}

bool LocalEnvironmentPool::Yields(const KeepAlive::Idle& idle, const std::string& key) const {
  const MonotonicTime now = services_.clock.Monotonic();
  const Home& home = homes_.at(idle.id);
  return home.entry->key != key && (now - home.ready_since >= kMinResidency || now - idle.since >= kMinIdle);
}

// How much disk is left is known when a sandbox asks for its own: one environment goes, and the controller asks again.
void LocalEnvironmentPool::MakeDiskRoom(const std::string& key) {
  if (parked_ != nullptr && parked_->GiveUp(std::numeric_limits<int64_t>::max()) > 0) return;
  for (const KeepAlive::Idle& idle : keep_alive_.OldestFirst()) {
    if (Yields(idle, key)) return Evict(std::string(idle.id), node::EnvironmentGone::MEMORY_PRESSURE);
  }
}

void LocalEnvironmentPool::OnProvisioned(const std::string& id, const node::EnvironmentSpec& spec,
                                         const LogDestination& logs, absl::StatusOr<ProvisionedSandbox> provisioned) {
  Home& home = homes_.at(id);
  if (!provisioned.ok()) {
    LogWarn("an environment could not be set up", {{"environment", id}, {"error", provisioned.status().ToString()}});
    Forget(id);
    if (absl::IsResourceExhausted(provisioned.status())) MakeDiskRoom(spec.key());
    return events_.OnEnvironmentGone(
        Gone(id, ReasonOf(provisioned.status()), std::string(provisioned.status().message())));
  }
  if (home.stop_wanted) {
    return Destroy(id, std::move(provisioned->sandbox), Gone(id, node::EnvironmentGone::STOPPED, ""));
  }
  home.environment =
      std::make_unique<Environment>(id, spec, logs, *std::move(provisioned), settings_.environment, services_, *this);
  home.environment->Begin();
}

void LocalEnvironmentPool::InvokeOnLoop(node::Invoke invoke) {
  const auto found = homes_.find(invoke.environment_id());
  if (found == homes_.end() || !found->second.environment) {
    node::InvocationResult result;
    result.set_invocation_id(invoke.invocation_id());
    result.set_outcome(node::InvocationResult::REJECTED);
    return events_.OnInvocationResult(std::move(result));
  }
  Environment& environment = *found->second.environment;
  if (environment.takes_invocations()) MarkIdle(found->first, false);
  environment.Invoke(std::move(invoke));
}

void LocalEnvironmentPool::StopOnLoop(const std::string& id) {
  const auto found = homes_.find(id);
  if (found == homes_.end()) return events_.OnEnvironmentGone(Gone(id, node::EnvironmentGone::STOPPED, "not here"));
  if (!found->second.environment) {
    found->second.stop_wanted = true;
    return;
  }
  MarkIdle(id, false);
  found->second.environment->Stop(node::EnvironmentGone::STOPPED, "");
}

void LocalEnvironmentPool::AbortOnLoop(const std::string& id) {
  const auto found = homes_.find(id);
  if (found == homes_.end() || !found->second.environment) return StopOnLoop(id);
  MarkIdle(id, false);
  found->second.environment->Abort(node::EnvironmentGone::STOPPED, "The worker has lost its controller");
}

// ---- what environments say ----

void LocalEnvironmentPool::OnReady(Environment& environment, bool init_failed,
                                   std::chrono::microseconds init_duration) {
  Home& home = homes_.at(environment.id());
  home.ready_since = services_.clock.Monotonic();
  LogDebug("environment is ready",
           {{"environment", environment.id()},
            {"init_micros", fmt::format("{}", init_duration.count())},
            {"micros_since_asked", fmt::format("{}", Micros(home.ready_since - home.asked_at))}});
  MarkIdle(environment.id(), true);
  node::EnvironmentReady ready;
  ready.set_environment_id(environment.id());
  ready.set_init_failed(init_failed);
  ready.set_init_duration_us(init_duration.count());
  events_.OnEnvironmentReady(std::move(ready));
}

void LocalEnvironmentPool::OnResult(Environment& environment, node::InvocationResult result) {
  if (result.environment_idle()) MarkIdle(environment.id(), true);
  events_.OnInvocationResult(std::move(result));
}

void LocalEnvironmentPool::OnResponsePiece(Environment&, node::BulkChunk piece) {
  events_.OnResponsePiece(std::move(piece));
}

void LocalEnvironmentPool::OnIdle(Environment& environment) {
  MarkIdle(environment.id(), true);
  node::EnvironmentIdle idle;
  idle.set_environment_id(environment.id());
  events_.OnEnvironmentIdle(std::move(idle));
}

// Called from inside the environment: it is put away when its own call has returned. Its memory counts as free from
// now.
void LocalEnvironmentPool::OnClosed(Environment& environment, node::EnvironmentGone::Reason reason,
                                    std::string detail) {
  const std::string id = environment.id();
  keep_alive_.Remove(id);
  roster_.Remove(id);
  services_.loop.Post(WhileAlive([this, id, gone = Gone(id, reason, std::move(detail))] {
    const auto found = homes_.find(id);
    if (found == homes_.end() || !found->second.environment) return;
    std::shared_ptr<Sandbox> sandbox = found->second.environment->TakeSandbox();
    found->second.environment.reset();
    Destroy(id, std::move(sandbox), gone);
  }));
}

// A provisioned one goes when the controller says so: it makes no room and outlives no time.
void LocalEnvironmentPool::MarkIdle(const std::string& id, bool idle) {
  const auto found = homes_.find(id);
  if (found == homes_.end()) return;
  Roster::Entry& entry = *found->second.entry;
  entry.busy.store(!idle, std::memory_order_relaxed);
  idle && !entry.provisioned ? keep_alive_.Add(id, services_.clock.Monotonic()) : keep_alive_.Remove(id);
}

// ---- endings ----

// Whoever takes its place counts from now: with extensions its own end takes up to two seconds.
void LocalEnvironmentPool::Evict(const std::string& id, node::EnvironmentGone::Reason reason) {
  keep_alive_.Remove(id);
  roster_.Remove(id);
  homes_.at(id).environment->Stop(reason, "");
}

// The id is free again when the sandbox is gone: a new one of the same name would meet the old one's cgroups.
void LocalEnvironmentPool::Destroy(const std::string& id, std::shared_ptr<Sandbox> sandbox,
                                   node::EnvironmentGone gone) {
  auto holder = std::make_shared<std::shared_ptr<Sandbox>>(std::move(sandbox));
  const auto destroy = [holder] { holder->reset(); };
  const auto done = WhileAlive([this, id, gone = std::move(gone)] {
    Forget(id);
    events_.OnEnvironmentGone(gone);
  });
  if (services_.sandbox_work.Run(destroy, done)) return;
  destroy();
  services_.loop.Post(done);
}

void LocalEnvironmentPool::Forget(const std::string& id) {
  roster_.Remove(id);
  keep_alive_.Remove(id);
  homes_.erase(id);
}

void LocalEnvironmentPool::Tick() {
  services_.loop.PostAfter(kTick, WhileAlive([this] { Tick(); }));
  const MonotonicTime expired = services_.clock.Monotonic() - settings_.keep_alive;
  while (const std::optional<std::string> id = keep_alive_.IdleSince(expired)) {
    Evict(*id, node::EnvironmentGone::IDLE_TIMEOUT);
  }
  const absl::StatusOr<int64_t> available = available_memory_();
  if (parked_ != nullptr && available.ok()) {
    if (*available < settings_.min_available_bytes) parked_->GiveUp(settings_.min_available_bytes - *available);
    parked_->Tick();
  }
  LimitParked();
  for (int i = 0; i < kMaxEvictionsPerTick && available.ok() && *available < settings_.min_available_bytes; ++i) {
    const std::optional<std::string> oldest = keep_alive_.Oldest();
    if (!oldest) break;
    Evict(*oldest, node::EnvironmentGone::MEMORY_PRESSURE);
  }
  for (auto& [id, home] : homes_) {
    if (!home.environment) continue;
    home.environment->FlushLogs();
    if (std::optional<node::IdentityRenewal> renewal = home.environment->IdentityToRenew()) {
      events_.OnIdentityRenewal(*std::move(renewal));
    }
  }
}

}  // namespace hearth::worker
