// ProvisionedKeeper turns configurations into what Placer keeps ready and what ConcurrencyGate sets aside, again and
// again: a version that an alias is moved to, or that is gone, is found by looking.
//
// Where an alias has moved, environments of its old version stay as long as the new version's are not ready, or until
// these find no room. A weighted alias has its share of environments of both versions.
//
// Shapes:  an Allocation counts environments, of old and new versions together, at most what was requested.
// Errors:  none; what cannot be read now is read by the next Tick.
// Threads: Tick by one thread, Of by any.
// Source:  api.md §6; semantics.md §6.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "common/mutex.h"
#include "controller/invoke/concurrency_gate.h"
#include "controller/provisioned/provisioned_configs.h"
#include "controller/scheduler/placer.h"
#include "controller/store/catalog.h"

namespace hearth::controller {

struct Allocation {
  enum class Status { kInProgress, kReady, kFailed };
  Status status = Status::kInProgress;
  int64_t available = 0;
  std::string reason;  // of kFailed
};

class ProvisionedKeeper {
 public:
  ProvisionedKeeper(const ProvisionedConfigs& configs, const FunctionStore& functions, const Catalog& catalog,
                    Placer& placer, ConcurrencyGate& gate)
      : configs_(configs), functions_(functions), catalog_(catalog), placer_(placer), gate_(gate) {}

  void Tick();
  Allocation Of(const records::ProvisionedConcurrency& config) const;

 private:
  struct Share {
    FunctionVersionPtr version;
    size_t count = 0;
  };
  using Shares = std::map<std::string, Share>;  // by environment key
  struct Plan {
    Shares current;
    Shares leaving;  // of versions the alias pointed to before
  };
  using Plans = std::map<std::string, Plan>;  // by the configuration's database key
  using Gates = std::map<std::tuple<std::string, std::string, std::string>, int64_t>;  // account, function, version

  // What the configuration asks for as things are.
  Shares SharesOf(const records::ProvisionedConcurrency& config) const;
  Plan PlanOf(const records::ProvisionedConcurrency& config) const;
  size_t ReadyOf(const Shares& shares) const;
  void SetGates(Gates gates);

  const ProvisionedConfigs& configs_;
  const FunctionStore& functions_;
  const Catalog& catalog_;
  Placer& placer_;
  ConcurrencyGate& gate_;

  Gates gates_;  // as the gate knows them; of the thread that ticks
  mutable Mutex mutex_;
  Plans plans_ GUARDED_BY(mutex_);
};

}  // namespace hearth::controller
