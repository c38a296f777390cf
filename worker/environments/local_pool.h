// LocalEnvironmentPool is the EnvironmentPool of one worker process: admission, keep-alive, and a home for
// environments.
//
// Shapes:  admission counts the memory limits of live environments against memory_bytes × oversubscription; when there
//          is no room the parked ones make some, then the environments idle longest.
// Errors:  as EnvironmentPool says.
// Threads: as EnvironmentPool; everything is done on the loop. Built and destroyed off the loop.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/random.h"
#include "worker/environments/environment.h"
#include "worker/environments/environment_pool.h"
#include "worker/environments/keep_alive.h"
#include "worker/environments/parked/parked_pool.h"
#include "worker/environments/provisioner.h"
#include "worker/environments/roster.h"

namespace hearth::worker {

struct PoolSettings {
  int64_t memory_bytes = 0;
  int oversubscription_percent =
      100;                      // limits may add up to this share of memory_bytes: functions seldom use theirs up
  int max_environments = 1000;  // parked ones count while they are no more than the rest leaves
  std::chrono::seconds keep_alive{300};              // idle this long: stopped
  int64_t min_available_bytes = int64_t{256} << 20;  // less left on the machine: idle environments stop, oldest first
  EnvironmentSettings environment;
};

class LocalEnvironmentPool final : public EnvironmentPool, public EnvironmentOwner {
 public:
  using AvailableMemory = std::function<absl::StatusOr<int64_t>()>;

  LocalEnvironmentPool(const PoolSettings& settings, const EnvironmentServices& services, Provisioner& provisioner,
                       Random& random, AvailableMemory available_memory, PoolEvents& events,
                       ParkedPool* parked = nullptr);
  ~LocalEnvironmentPool() override;

  void Start(node::StartEnvironment start) override;
  void Invoke(node::Invoke invoke) override;
  void Stop(const std::string& environment_id) override;
  void Credit(node::ResponseCredit credit) override;
  void DiscardResponses() override;
  void RenewIdentity(node::RenewedIdentity renewed) override;
  void Abort(const std::string& environment_id) override;
  std::vector<node::RunningEnvironment> Running() const override { return roster_.Running(); }
  node::Capacity CurrentCapacity() const override { return roster_.CurrentCapacity(); }

 private:
  // `environment` is empty while its sandbox is being made.
  struct Home {
    std::unique_ptr<Environment> environment;
    std::shared_ptr<Roster::Entry> entry;
    bool stop_wanted = false;
    MonotonicTime asked_at{};
    MonotonicTime ready_since{};
  };

  void StartOnLoop(node::StartEnvironment start);
  void InvokeOnLoop(node::Invoke invoke);
  void StopOnLoop(const std::string& id);
  void AbortOnLoop(const std::string& id);
  absl::Status Admit(const node::StartEnvironment& start);
  bool MakeRoom(int64_t bytes, const std::string& key);
  bool HasRoomToPark(int64_t bytes) const;
  void LimitParked();
  void MakeDiskRoom(const std::string& key);
  bool Yields(const KeepAlive::Idle& idle, const std::string& key) const;
  void OnProvisioned(const std::string& id, const node::EnvironmentSpec& spec, const LogDestination& logs,
                     absl::StatusOr<ProvisionedSandbox> provisioned);
  void Evict(const std::string& id, node::EnvironmentGone::Reason reason);
  void Tick();
  void Destroy(const std::string& id, std::shared_ptr<Sandbox> sandbox, node::EnvironmentGone gone);
  void Forget(const std::string& id);
  void MarkIdle(const std::string& id, bool idle);
  // A task for the loop that does nothing once the pool is gone.
  std::function<void()> WhileAlive(std::function<void()> task);

  void OnReady(Environment& environment, bool init_failed, std::chrono::microseconds init_duration) override;
  void OnResult(Environment& environment, node::InvocationResult result) override;
  void OnResponsePiece(Environment& environment, node::BulkChunk piece) override;
  void OnIdle(Environment& environment) override;
  void OnClosed(Environment& environment, node::EnvironmentGone::Reason reason, std::string detail) override;

  const PoolSettings settings_;
  const EnvironmentServices services_;
  Provisioner& provisioner_;
  Random& random_;
  const AvailableMemory available_memory_;
  PoolEvents& events_;
  ParkedPool* const parked_;  // nullptr: nothing is parked
  Roster roster_;

  // On the loop only.
  std::map<std::string, Home> homes_;
  KeepAlive keep_alive_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace hearth::worker
