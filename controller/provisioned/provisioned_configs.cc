#include "controller/provisioned/provisioned_configs.h"

#include "common/errors.h"
#include "controller/store/key_layout.h"
#include "controller/store/record.h"

namespace hearth::controller {
namespace {

constexpr size_t kScanPage = 1000;
constexpr size_t kAll = SIZE_MAX;

}  // namespace

absl::StatusOr<std::unique_ptr<ProvisionedConfigs>> ProvisionedConfigs::Open(const Database& database,
                                                                             FunctionStore& functions) {
  auto configs = std::make_unique<ProvisionedConfigs>(functions);
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const auto page, database.Scan(kProvisionedPrefix, after, kScanPage));
    for (const KeyValue& pair : page) {
      ASSIGN_OR_RETURN(auto config, ParseRecord<records::ProvisionedConcurrency>(pair.key, pair.value));
      MutexLock lock(configs->mutex_);
      configs->configs_.emplace(pair.key, std::move(config));
    }
    if (page.size() < kScanPage) break;
    after = page.back().key;
  }
  functions.AddOnOthers([owner = configs.get()](const WriteBatch& batch) { owner->Apply(batch); });
  return configs;
}

void ProvisionedConfigs::Apply(const WriteBatch& batch) {
  for (const WriteBatch::Change& change : batch.changes) {
    if (!change.key.starts_with(kProvisionedPrefix)) continue;
    records::ProvisionedConcurrency config;
    const bool kept = change.value && config.ParseFromString(*change.value);
    MutexLock lock(mutex_);
    if (kept) {
      configs_.insert_or_assign(change.key, std::move(config));
    } else {
      configs_.erase(change.key);
    }
  }
}

std::optional<records::ProvisionedConcurrency> ProvisionedConfigs::Find(const FunctionId& id,
                                                                        std::string_view qualifier) const {
  MutexLock lock(mutex_);
  const auto found = configs_.find(ProvisionedConfigKey(id.account, id.name, qualifier));
  if (found == configs_.end()) return std::nullopt;
  return found->second;
}

std::vector<records::ProvisionedConcurrency> ProvisionedConfigs::List(const FunctionId& id, std::string_view after,
                                                                      size_t limit) const {
  const std::string prefix = ProvisionedConfigsPrefix(id.account, id.name);
  std::vector<records::ProvisionedConcurrency> list;
  MutexLock lock(mutex_);
  for (auto it = configs_.upper_bound(ProvisionedConfigKey(id.account, id.name, after));
       it != configs_.end() && list.size() < limit && it->first.starts_with(prefix); ++it) {
    list.push_back(it->second);
  }
  return list;
}

std::vector<records::ProvisionedConcurrency> ProvisionedConfigs::All() const {
  std::vector<records::ProvisionedConcurrency> all;
  MutexLock lock(mutex_);
  for (const auto& [key, config] : configs_) all.push_back(config);
  return all;
}

int64_t ProvisionedConfigs::TotalOf(const FunctionId& id) const {
  int64_t total = 0;
  for (const records::ProvisionedConcurrency& config : List(id, "", kAll)) total += config.requested();
  return total;
}

absl::StatusOr<int64_t> ProvisionedConfigs::UnreservedTotalOf(const std::string& account) const {
  std::map<std::string, int64_t> totals;  // by function
  {
    MutexLock lock(mutex_);
    const std::string prefix = ProvisionedConfigsOfAccountPrefix(account);
    for (auto it = configs_.lower_bound(prefix); it != configs_.end() && it->first.starts_with(prefix); ++it) {
      totals[it->second.function_name()] += it->second.requested();
    }
  }
  int64_t unreserved = 0;
  for (const auto& [name, total] : totals) {
    const absl::StatusOr<records::Function> function = functions_.Get({account, name});
    if (absl::IsNotFound(function.status())) continue;
    if (!function.ok()) return function.status();
    if (!function->has_reserved_concurrency()) unreserved += total;
  }
  return unreserved;
}

absl::StatusOr<std::optional<std::string>> ProvisionedConfigs::HolderOf(const FunctionEdit& edit,
                                                                        const std::string& version,
                                                                        std::string_view except) const {
  for (const records::ProvisionedConcurrency& config : List(edit.id(), "", kAll)) {
    const std::string& qualifier = config.qualifier();
    if (qualifier == except) continue;
    if (qualifier == version) return qualifier;
    if (ParseVersionNumber(qualifier)) continue;
    ASSIGN_OR_RETURN(const records::Alias alias, edit.GetAlias(qualifier));
    if (alias.function_version() == version || alias.additional_version() == version) return qualifier;
  }
  return std::nullopt;
}

absl::Status ProvisionedConfigs::Put(const records::ProvisionedConcurrency& config, const Check& check) {
  const FunctionId id{config.account(), config.function_name()};
  const auto step = [&](FunctionEdit& edit) -> absl::Status {
    RETURN_IF_ERROR(check(edit));
    edit.others.Put(ProvisionedConfigKey(id.account, id.name, config.qualifier()), config.SerializeAsString());
    return absl::OkStatus();
  };
  return functions_.Edit(id, step).status();
}

absl::Status ProvisionedConfigs::Delete(const FunctionId& id, std::string_view qualifier) {
  if (!Find(id, qualifier)) return absl::NotFoundError("there is no such configuration");
  const auto step = [&](FunctionEdit& edit) -> absl::Status {
    edit.others.Delete(ProvisionedConfigKey(id.account, id.name, qualifier));
    return absl::OkStatus();
  };
  return functions_.Edit(id, step).status();
}

}  // namespace hearth::controller
