// Placer gives every invocation an environment: the most recently used idle one, else the first that becomes free or
// new.
//
// A miss waits in its key's queue while environments start; the binding is late, so neither a freed environment nor a
// new one ever waits for a particular request. Starts follow need (demand.h). A worker that refuses is followed by
// another; a start that fails answers the requests it was made for, so nothing loops for ever.
//
// Beside those that requests need there are provisioned ones: so many of a key are kept ready, requests or not. A
// request takes one of these first. They are started a few at a time, and after a failure one at a time with a pause.
//
// Shapes:  environments of one environment key are interchangeable.
// Errors:  none; what cannot be placed is an answer (NotPlaced).
// Threads: any thread. Decisions are made under one mutex, their effects carried out after it.
// Limits:  kMaxWaitingPerVersion waiting per key, PlacerOptions' deadlines, kMaxStartingPerWorker; of one function,
//          whatever its version, the account's environments_per_ten_seconds.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/async.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/random.h"
#include "controller/limits/account_limits.h"
#include "controller/limits/token_bucket.h"
#include "controller/scheduler/demand.h"
#include "controller/scheduler/environment.h"
#include "controller/scheduler/fleet.h"
#include "controller/scheduler/in_flight.h"
#include "controller/scheduler/provisioned.h"
#include "controller/scheduler/warm_slots.h"
#include "controller/scheduler/worker_link.h"
#include "proto/records.pb.h"

namespace hearth::controller {

struct NotPlaced {
  enum class Reason {
    kQueueFull,
    kScalingRate,  // as many environments of the function were started lately as its account may
    kNoRoom,       // every worker that serves the runtime refused
    kNoWorker,     // no worker serves the runtime
    kStartFailed,  // the sandbox or the code could not be set up
    kTimedOut,
    kStopping,
  };
  Reason reason;
  std::string detail;
  absl::Status cause = {};  // of kStartFailed, when no worker was to blame
};

using PlaceOutcome = std::variant<Placement, NotPlaced>;
using FunctionVersionPtr = std::shared_ptr<const records::FunctionVersion>;
// What a worker needs to make an environment of this version. Called on cold starts only. A KeyProblem, or else
// PermissionDenied where the function's role cannot be assumed, is the function's owner's to mend.
using SpecFactory = std::function<absl::StatusOr<node::EnvironmentSpec>(const records::FunctionVersion&)>;

struct PlacerOptions {
  std::chrono::milliseconds wait_deadline{30000};
  std::chrono::milliseconds no_worker_deadline{5000};  // long enough for workers to come back after a restart
  std::chrono::milliseconds start_deadline{
      120000};  // fetching a large package and INIT; then the start counts as failed
  std::chrono::milliseconds provision_deadline{1020000};  // of a provisioned one, whose INIT may take fifteen minutes
  size_t max_waiting = kMaxWaitingPerVersion;
  // Older environments take no more work: the credentials of their role end at twelve hours, and an invocation lasts up
  // to fifteen minutes.
  std::chrono::minutes max_age{11 * 60 + 30};
  std::chrono::minutes retire_before_expiry{30};  // of one that came back with its worker
  LimitsOf limits_of;                             // nullptr: environments start as fast as they are needed
};

struct PlacerCounts {
  size_t idle = 0;
  size_t busy = 0;
  size_t starting = 0;
  size_t waiting = 0;
  size_t provisioned = 0;               // ready, idle or busy
  int64_t provisioned_invocations = 0;  // since the start
  int64_t spillover_invocations = 0;    // of what is provisioned, by environments that are not
};

class Placer {
 public:
  static constexpr size_t kMaxStartingPerWorker = 32;
  static constexpr size_t kMaxProvisionedStartingPerWorker = 4;  // of all functions: nobody waits for them

  Placer(PlacerOptions options, Fleet& fleet, WorkerCommands& workers, SpecFactory spec_of, Clock& clock,
         Random& random);

  // kFreed passes over idle environments: the worker was just seen to stop those, to make room. It waits for the next
  // one that becomes ready or free.
  enum class Choice { kAny, kFreed };
  // The environment is the caller's until InvocationEnded, Forget or Discard.
  Async<PlaceOutcome> Place(FunctionVersionPtr version, Choice choice = Choice::kAny);

  // How an invocation ended: whether the environment takes the next one already, and how long it ran.
  void InvocationEnded(const std::string& environment_id, bool idle, std::chrono::microseconds duration);
  // The worker does not know this environment any more.
  void Forget(const std::string& environment_id);
  // The environment does not answer: stop it.
  void Discard(const std::string& environment_id);
  // The function was changed or deleted: its idle environments are stopped, the others when they are done.
  void Retire(const std::string& environment_key);

  // All that is to be kept ready, by environment key; what is not named is given up.
  void Provision(const std::map<std::string, ProvisionTarget>& targets);
  ProvisionState Provisioned(const std::string& environment_key) const;

  void WorkerJoined(const node::Hello& hello);
  void WorkerLost(const std::string& worker_id);
  // It takes no more work: what is idle or starting there stops, what runs is waited for. Once nothing is left, the
  // worker is released. Told again and again while it drains.
  void WorkerDraining(const std::string& worker_id);
  void EnvironmentReady(const std::string& worker_id, const node::EnvironmentReady& ready);
  void EnvironmentIdle(const std::string& worker_id, const std::string& environment_id);
  void EnvironmentGone(const std::string& worker_id, const node::EnvironmentGone& gone);

  // Deadlines and second attempts; every few tens of milliseconds.
  void Tick();

  // Answers whoever waits, and from now on everyone at once.
  void Stop();

  PlacerCounts Counts() const;

 private:
  enum class Block { kNone, kNoRoom, kNoWorker, kStartFailed };

  struct Waiting {
    Completion<PlaceOutcome> completion;
    MonotonicTime since;
  };

  struct KeyState {
    FunctionVersionPtr version;  // nullptr until this controller was asked for it
    WarmSlots idle;
    std::deque<Waiting> waiting;
    MonotonicTime hungry_since{};  // while somebody waits
    size_t starting = 0;
    size_t busy = 0;
    Demand demand;
    Block block = Block::kNone;  // why the last start came to nothing
    std::string block_detail;
    absl::Status block_cause;
    int failures_in_a_row = 0;
    size_t unanswered_failures = 0;  // failed starts whose request still waits
    MonotonicTime no_start_before{};
    MonotonicTime last_used{};
    bool retired = false;
    ProvisionedEnvironments provisioned;
  };

  struct StartOrder {
    std::string environment_id;
    FunctionVersionPtr version;
    std::vector<std::string> excluded;
    bool provisioned = false;
  };

  // Decided under the mutex, carried out after it.
  struct Effects {
    std::vector<std::pair<Completion<PlaceOutcome>, PlaceOutcome>> answers;
    std::vector<StartOrder> starts;
    std::vector<Placement> stops;
    std::vector<std::pair<std::string, int64_t>> releases;  // worker, memory
    std::vector<std::string> drained;                       // workers
  };

  std::optional<PlaceOutcome> TakeWarm(const FunctionVersionPtr& version);
  std::optional<PlaceOutcome> Enqueue(const FunctionVersionPtr& version, Choice choice,
                                      const Completion<PlaceOutcome>& completion);
  void CarryOut(Effects effects);
  void Start(const StartOrder& order);
  absl::Status SendStart(const StartOrder& order, const std::string& worker_id);
  void StartCameToNothing(const std::string& environment_id, Block block, const std::string& detail,
                          const absl::Status& cause = absl::OkStatus());

  KeyState& StateOf(const std::string& key) REQUIRES(mutex_);
  Environment* Find(const std::string& worker_id, const std::string& environment_id) REQUIRES(mutex_);
  void TakesWork(KeyState& state, Environment& environment, Effects& effects) REQUIRES(mutex_);
  // How many of the environments that are needed the scaling rate holds back.
  size_t Evaluate(KeyState& state, Effects& effects) REQUIRES(mutex_);
  size_t TakeStarts(const KeyState& state, size_t wanted) REQUIRES(mutex_);
  void AddStart(KeyState& state, const FunctionVersionPtr& version, bool provisioned, Effects& effects)
      REQUIRES(mutex_);
  void Started(Environment& environment, bool init_failed, Effects& effects) REQUIRES(mutex_);
  void StartFailed(Environment& environment, Block block, const std::string& detail, Effects& effects) REQUIRES(mutex_);
  void StartRefused(Environment& environment, const std::string& detail, Effects& effects) REQUIRES(mutex_);
  void FailHeads(KeyState& state, Effects& effects) REQUIRES(mutex_);
  void ExpireHeads(KeyState& state, Effects& effects) REQUIRES(mutex_);
  void Remove(Environment& environment, Effects& effects) REQUIRES(mutex_);
  void RemoveAndStop(Environment& environment, Effects& effects) REQUIRES(mutex_);
  void Unblock(Block block, Effects& effects) REQUIRES(mutex_);
  void Sweep(Effects& effects) REQUIRES(mutex_);
  // In the order of their ids.
  std::vector<Environment*> Those(const std::function<bool(const Environment&)>& wanted) REQUIRES(mutex_);
  void FindDrained(Effects& effects) REQUIRES(mutex_);
  MonotonicTime RetireAt(const node::RunningEnvironment& survivor) const;

  // placer_provisioned.cc
  void KeepProvisioned(Effects& effects) REQUIRES(mutex_);
  void StopSurplus(KeyState& state, Effects& effects) REQUIRES(mutex_);
  size_t StartProvisioned(KeyState& state, size_t at_most, Effects& effects) REQUIRES(mutex_);
  void ProvisionFailed(Environment& environment, bool no_room, const std::string& why, Effects& effects)
      REQUIRES(mutex_);
  bool HasSurplus(const KeyState& state) const REQUIRES(mutex_);
  static WarmSlots& IdleOf(KeyState& state, const Environment& environment);
  Environment* TakeIdle(KeyState& state) REQUIRES(mutex_);
  void CountPlacement(const KeyState& state, const Environment& environment) REQUIRES(mutex_);

  const PlacerOptions options_;
  Fleet& fleet_;
  WorkerCommands& workers_;
  const SpecFactory spec_of_;
  Clock& clock_;
  Random& random_;

  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, std::unique_ptr<KeyState>> keys_ GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, std::unique_ptr<Environment>> environments_ GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, TokenBucket> scaling_ GUARDED_BY(mutex_);  // by function; those not full
  // Keys with waiting requests; in an order of their own, so that a simulated run can be repeated.
  std::set<std::string> hungry_ GUARDED_BY(mutex_);
  std::set<std::string> provisioned_keys_ GUARDED_BY(mutex_);  // with a target, or with environments left of one
  bool provisions_ GUARDED_BY(mutex_) = false;                 // since the first Provision
  int64_t provisioned_invocations_ GUARDED_BY(mutex_) = 0;
  int64_t spillover_invocations_ GUARDED_BY(mutex_) = 0;
  size_t worker_count_ GUARDED_BY(mutex_) = 0;
  std::map<std::string, bool> draining_ GUARDED_BY(mutex_);  // worker: whether it was released
  bool stopping_ GUARDED_BY(mutex_) = false;
  MonotonicTime next_sweep_ GUARDED_BY(mutex_){};
};

}  // namespace hearth::controller
