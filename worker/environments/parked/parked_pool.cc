#include "worker/environments/parked/parked_pool.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "common/log.h"

namespace hearth::worker {
namespace {

// Functions of ever other sizes must not make the list grow.
constexpr size_t kMaxKinds = 64;

// What one is expected to use, until it has booted and can be asked.
int64_t ExpectedBytes(const ParkedKind& kind) {
  if (kind.runtime.empty()) return int64_t{4} << 20;
  return kind.runtime == "node" ? int64_t{32} << 20 : int64_t{16} << 20;
}

}  // namespace

ParkedPool::ParkedPool(ParkingSettings settings, SandboxFactory& sandboxes, EventLoop& loop, BlockingWork& work,
                       DeadlineTimer& timer, Clock& clock)
    : settings_(std::move(settings)),
      sandboxes_(sandboxes),
      loop_(loop),
      work_(work),
      timer_(timer),
      clock_(clock),
      name_prefix_(fmt::format("parked-{:x}-", UnixMillis(clock.Wall()))) {
  for (const ParkedKind& kind : settings_.always) last_demand_[kind] = clock_.Monotonic();
}

ParkedPool::~ParkedPool() {
  std::vector<std::shared_ptr<Sandbox>> sandboxes;
  loop_.RunAndWait([&] {
    alive_.reset();
    while (!ready_.empty()) sandboxes.push_back(Remove(ready_.begin()).sandbox);
    if (!boot_) return;
    if (boot_->watch != 0) loop_.Unwatch(boot_->watch);
    timer_.Cancel(boot_->deadline);
    sandboxes.push_back(std::move(boot_->environment.sandbox));
    boot_.reset();
  });
}

std::function<void()> ParkedPool::WhileAlive(std::function<void()> task) {
  return [task = std::move(task), alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) task();
  };
}

// ---- giving ----

std::optional<ParkedEnvironment> ParkedPool::Take(const node::EnvironmentSpec& spec, Runs runs) {
  if (settings_.max_parked == 0) return std::nullopt;
  last_cold_start_ = clock_.Monotonic();
  std::vector<ParkedKind> kinds = KindsThatFit(spec);
  if (runs == Runs::kNothing) std::erase_if(kinds, [](const ParkedKind& kind) { return !kind.runtime.empty(); });
  if (!kinds.empty()) NoteDemand(kinds.front());
  for (const ParkedKind& kind : kinds) {
    const auto place =
        std::find_if(ready_.begin(), ready_.end(), [&](const Ready& one) { return one.environment.kind == kind; });
    if (place == ready_.end()) continue;
    ParkedEnvironment taken = Remove(place);
    Consider();
    return taken;
  }
  Consider();
  return std::nullopt;
}

void ParkedPool::NoteDemand(const ParkedKind& kind) {
  last_demand_[kind] = clock_.Monotonic();
  if (last_demand_.size() <= kMaxKinds) return;
  last_demand_.erase(std::min_element(last_demand_.begin(), last_demand_.end(),
                                      [](const auto& a, const auto& b) { return a.second < b.second; }));
}

int64_t ParkedPool::reserved_bytes() const {
  int64_t bytes = boot_ ? ExpectedBytes(boot_->kind) : 0;
  for (const Ready& one : ready_) bytes += one.memory_bytes;
  return bytes;
}

int64_t ParkedPool::GiveUp(int64_t bytes) {
  int64_t freed = 0;
  while (freed < bytes && !ready_.empty()) {
    const auto least = std::min_element(ready_.begin(), ready_.end(), [this](const Ready& a, const Ready& b) {
      return last_demand_[a.environment.kind] < last_demand_[b.environment.kind];
    });
    freed += least->memory_bytes;
    Destroy(Remove(least).sandbox);
  }
  if (freed > 0) rest_until_ = clock_.Monotonic() + kRestAfterFailure;  // whoever needed it goes first
  return freed;
}

void ParkedPool::Tick() {
  const MonotonicTime expired = clock_.Monotonic() - settings_.recent;
  for (const ParkedKind& kind : settings_.always) last_demand_[kind] = std::max(last_demand_[kind], expired);
  std::erase_if(last_demand_, [expired](const auto& demand) { return demand.second < expired; });
  for (auto place = ready_.begin(); place != ready_.end();) {
    const auto one = place++;
    if (!last_demand_.contains(one->environment.kind)) Destroy(Remove(one).sandbox);
  }
  Consider();
}

// ---- making ----

// Looks again after a moment without a cold start; sooner or later all the same, or a steady stream would find none.
void ParkedPool::Consider() {
  if (boot_ || considering_since_ || !has_room_ || !NextWanted()) return;
  considering_since_ = clock_.Monotonic();
  loop_.PostAfter(kQuiet, WhileAlive([this] { BeginBoot(); }));
}

void ParkedPool::BeginBoot() {
  const MonotonicTime now = clock_.Monotonic();
  if (now - last_cold_start_ < kQuiet && now - *considering_since_ < kLongestWait) {
    return loop_.PostAfter(kQuiet, WhileAlive([this] { BeginBoot(); }));
  }
  considering_since_.reset();
  const std::optional<ParkedKind> kind = NextWanted();
  if (!kind || !has_room_ || !has_room_(ExpectedBytes(*kind)) || !MakePlaceFor(*kind)) return;
  boot_.emplace().kind = *kind;
  auto made = std::make_shared<absl::StatusOr<ParkedEnvironment>>(absl::UnknownError("not parked"));
  const auto park = [made, kind = *kind, id = fmt::format("{}{}", name_prefix_, ++last_number_),
                     directory = settings_.runtimes_directory, sandboxes = &sandboxes_,
                     clock = &clock_] { *made = Park(kind, id, directory, *sandboxes, *clock); };
  const auto done = WhileAlive([this, made] { OnParked(std::move(*made)); });
  if (!work_.Run(park, done)) boot_.reset();
}

// The kind somebody asked for last goes first.
std::optional<ParkedKind> ParkedPool::NextWanted() {
  if (settings_.max_parked == 0 || clock_.Monotonic() < rest_until_) return std::nullopt;
  std::optional<ParkedKind> wanted;
  for (const auto& [kind, when] : last_demand_) {
    const int have = CountOf(kind);
    if (have >= settings_.per_kind || (have > 0 && count() >= settings_.max_parked)) continue;
    if (!wanted || when > last_demand_[*wanted]) wanted = kind;
  }
  return wanted;
}

// With all places taken, a kind that has none gets the place of one that is wanted less.
bool ParkedPool::MakePlaceFor(const ParkedKind& kind) {
  if (count() < settings_.max_parked) return true;
  const auto least = std::min_element(ready_.begin(), ready_.end(), [this](const Ready& a, const Ready& b) {
    return last_demand_[a.environment.kind] < last_demand_[b.environment.kind];
  });
  if (least == ready_.end() || last_demand_[least->environment.kind] >= last_demand_[kind]) return false;
  Destroy(Remove(least).sandbox);
  return true;
}

int ParkedPool::CountOf(const ParkedKind& kind) const {
  return static_cast<int>(
      std::count_if(ready_.begin(), ready_.end(), [&](const Ready& one) { return one.environment.kind == kind; }));
}

void ParkedPool::OnParked(absl::StatusOr<ParkedEnvironment> parked) {
  if (!parked.ok()) return EndBoot(parked.status());
  boot_->environment = *std::move(parked);
  if (!boot_->environment.assignment.valid()) return EndBoot(absl::OkStatus());
  boot_->watch = loop_.WatchReadable(boot_->environment.assignment.get(), [this] { OnBootReport(); });
  boot_->deadline = timer_.Arm(clock_.Monotonic() + kBootLimit, [this] {
    boot_->deadline = {};
    EndBoot(absl::DeadlineExceededError("a runtime did not boot in time"));
  });
}

void ParkedPool::OnBootReport() {
  char byte = 0;
  const bool booted = recv(boot_->environment.assignment.get(), &byte, sizeof(byte), MSG_DONTWAIT) == 1;
  EndBoot(booted ? absl::OkStatus() : absl::UnavailableError("a runtime ended while it booted"));
}

void ParkedPool::EndBoot(const absl::Status& status) {
  Boot boot = *std::exchange(boot_, std::nullopt);
  if (boot.watch != 0) loop_.Unwatch(boot.watch);
  timer_.Cancel(boot.deadline);
  if (status.ok()) {
    AddReady(std::move(boot.environment));
    return Consider();
  }
  // A full disk is no surprise, and whoever comes with a function shall have what is left of it.
  const LogLevel level = absl::IsResourceExhausted(status) ? LogLevel::kDebug : LogLevel::kWarn;
  WriteLog(level, "an environment could not be parked", {{"kind", NameOf(boot.kind)}, {"error", status.ToString()}});
  rest_until_ = clock_.Monotonic() + kRestAfterFailure;
  Destroy(std::move(boot.environment.sandbox));
}

void ParkedPool::AddReady(ParkedEnvironment environment) {
  const int64_t expected = ExpectedBytes(environment.kind);
  const auto place = ready_.insert(ready_.end(), Ready{std::move(environment), expected, 0});
  Sandbox& sandbox = *place->environment.sandbox;
  place->memory_bytes = sandbox.MemoryPeakBytes().value_or(expected);
  place->end_watch = loop_.WatchReadable(sandbox.exit_notice(), [this, place] { OnEnd(place); });
}

// Nothing but a lack of memory, or somebody with privilege, ends one that sleeps.
void ParkedPool::OnEnd(ReadyList::iterator place) {
  LogWarn("a parked environment ended", {{"sandbox", place->environment.sandbox_id}});
  rest_until_ = clock_.Monotonic() + kRestAfterFailure;
  Destroy(Remove(place).sandbox);
}

// ---- removing ----

ParkedEnvironment ParkedPool::Remove(ReadyList::iterator place) {
  loop_.Unwatch(place->end_watch);
  ParkedEnvironment removed = std::move(place->environment);
  ready_.erase(place);
  return removed;
}

void ParkedPool::Destroy(std::shared_ptr<Sandbox> sandbox) {
  if (sandbox == nullptr) return;
  auto holder = std::make_shared<std::shared_ptr<Sandbox>>(std::move(sandbox));
  const auto destroy = [holder] { holder->reset(); };
  if (!work_.Run(destroy, [] {})) destroy();
}

}  // namespace hearth::worker
