#include "controller/provisioned/provisioned_keeper.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "controller/store/key_layout.h"

namespace hearth::controller {
namespace {

std::string KeyOf(const records::ProvisionedConcurrency& config) {
  return ProvisionedConfigKey(config.account(), config.function_name(), config.qualifier());
}

}  // namespace

void ProvisionedKeeper::Tick() {
  Plans plans;
  std::map<std::string, ProvisionTarget> targets;
  Gates gates;
  for (const records::ProvisionedConcurrency& config : configs_.All()) {
    Plan plan = PlanOf(config);
    for (const auto& [key, share] : plan.current) {
      targets[key] = {share.version, share.count, config.last_modified_ms()};
      gates[{config.account(), config.function_name(), share.version->version()}] = static_cast<int64_t>(share.count);
    }
    plans[KeyOf(config)] = std::move(plan);
  }
  for (const auto& [key, plan] : plans) {
    for (const auto& [environment_key, share] : plan.leaving) {
      targets.emplace(environment_key, ProvisionTarget{share.version, share.count, 0});
    }
  }
  {
    MutexLock lock(mutex_);
    plans_ = std::move(plans);
  }
  SetGates(std::move(gates));
  placer_.Provision(targets);
}

// Both counts of a weighted alias are whole: the additional version's is rounded, the rest is the main version's.
ProvisionedKeeper::Shares ProvisionedKeeper::SharesOf(const records::ProvisionedConcurrency& config) const {
  Shares shares;
  const auto add = [&](const std::string& version, int64_t count) {
    FunctionVersionPtr found = catalog_.FindServing(config.account(), config.function_name(), version);
    if (found == nullptr || count <= 0 || !ParseVersionNumber(version)) return;
    const std::string key = found->environment_key();
    shares[key] = {std::move(found), static_cast<size_t>(count)};
  };
  if (ParseVersionNumber(config.qualifier())) {
    add(config.qualifier(), config.requested());
    return shares;
  }
  const auto alias = functions_.GetAlias({config.account(), config.function_name()}, config.qualifier());
  if (!alias.ok()) return shares;
  int64_t additional = 0;
  if (!alias->additional_version().empty()) {
    additional = std::llround(static_cast<double>(config.requested()) * alias->additional_weight());
    add(alias->additional_version(), additional);
  }
  add(alias->function_version(), config.requested() - additional);
  return shares;
}

ProvisionedKeeper::Plan ProvisionedKeeper::PlanOf(const records::ProvisionedConcurrency& config) const {
  Plan plan{SharesOf(config), {}};
  Shares before;
  {
    MutexLock lock(mutex_);
    const auto old = plans_.find(KeyOf(config));
    if (old == plans_.end()) return plan;
    before = old->second.leaving;
    before.insert(old->second.current.begin(), old->second.current.end());
  }
  size_t missing = static_cast<size_t>(config.requested());
  missing -= std::min(missing, ReadyOf(plan.current));
  for (const auto& [key, share] : plan.current) {
    if (placer_.Provisioned(key).no_room) missing = 0;
  }
  for (const auto& [key, share] : before) {
    const size_t count = std::min({missing, share.count, placer_.Provisioned(key).ready});
    const bool exists =
        catalog_.FindServing(config.account(), config.function_name(), share.version->version()) != nullptr;
    if (count == 0 || !exists || plan.current.contains(key)) continue;
    plan.leaving[key] = {share.version, count};
    missing -= count;
  }
  return plan;
}

size_t ProvisionedKeeper::ReadyOf(const Shares& shares) const {
  size_t ready = 0;
  for (const auto& [key, share] : shares) ready += std::min(share.count, placer_.Provisioned(key).ready);
  return ready;
}

Allocation ProvisionedKeeper::Of(const records::ProvisionedConcurrency& config) const {
  const Plan plan = PlanOf(config);
  const auto ready = static_cast<int64_t>(ReadyOf(plan.current));
  Allocation allocation;
  allocation.available = std::min(config.requested(), ready + static_cast<int64_t>(ReadyOf(plan.leaving)));
  if (ready >= config.requested()) {
    allocation.status = Allocation::Status::kReady;
    return allocation;
  }
  for (const auto& [key, share] : plan.current) {
    const ProvisionState state = placer_.Provisioned(key);
    if (state.failure.empty() || state.ready >= share.count) continue;
    allocation.status = Allocation::Status::kFailed;
    allocation.reason = state.failure;
  }
  return allocation;
}

void ProvisionedKeeper::SetGates(Gates gates) {
  for (const auto& [unit, count] : gates_) {
    if (!gates.contains(unit)) gate_.SetProvisioned(std::get<0>(unit), std::get<1>(unit), std::get<2>(unit), 0);
  }
  for (const auto& [unit, count] : gates) {
    const auto known = gates_.find(unit);
    if (known != gates_.end() && known->second == count) continue;
    gate_.SetProvisioned(std::get<0>(unit), std::get<1>(unit), std::get<2>(unit), count);
  }
  gates_ = std::move(gates);
}

}  // namespace hearth::controller
