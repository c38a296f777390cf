#include "controller/async/event_invoke_configs.h"

#include "common/errors.h"
#include "controller/store/key_layout.h"
#include "controller/store/record.h"

namespace hearth::controller {
namespace {

constexpr size_t kScanPage = 1000;
constexpr std::string_view kLatest = "$LATEST";

FunctionId IdOf(const records::EventInvokeConfig& config) { return {config.account(), config.function_name()}; }

absl::Status CheckQualifier(const FunctionEdit& edit, const std::string& qualifier) {
  if (qualifier == kLatest) return absl::OkStatus();
  if (const std::optional<int64_t> number = ParseVersionNumber(qualifier)) return edit.GetVersion(*number).status();
  return edit.GetAlias(qualifier).status();
}

}  // namespace

absl::StatusOr<std::unique_ptr<EventInvokeConfigs>> EventInvokeConfigs::Open(const Database& database,
                                                                             FunctionStore& functions) {
  auto configs = std::make_unique<EventInvokeConfigs>(functions);
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const auto page, database.Scan(kEventInvokePrefix, after, kScanPage));
    for (const KeyValue& pair : page) {
      ASSIGN_OR_RETURN(auto config, ParseRecord<records::EventInvokeConfig>(pair.key, pair.value));
      MutexLock lock(configs->mutex_);
      configs->configs_.emplace(pair.key, std::move(config));
    }
    if (page.size() < kScanPage) break;
    after = page.back().key;
  }
  functions.AddOnOthers([owner = configs.get()](const WriteBatch& batch) { owner->Apply(batch); });
  return configs;
}

void EventInvokeConfigs::Apply(const WriteBatch& batch) {
  for (const WriteBatch::Change& change : batch.changes) {
    if (!change.key.starts_with(kEventInvokePrefix)) continue;
    records::EventInvokeConfig config;
    const bool kept = change.value && config.ParseFromString(*change.value);
    MutexLock lock(mutex_);
    if (kept) {
      configs_.insert_or_assign(change.key, std::move(config));
    } else {
      configs_.erase(change.key);
    }
  }
}

std::optional<records::EventInvokeConfig> EventInvokeConfigs::Find(const FunctionId& id,
                                                                   std::string_view qualifier) const {
  const std::string key = EventInvokeConfigKey(id.account, id.name, qualifier.empty() ? kLatest : qualifier);
  MutexLock lock(mutex_);
  const auto found = configs_.find(key);
  if (found == configs_.end()) return std::nullopt;
  return found->second;
}

std::vector<records::EventInvokeConfig> EventInvokeConfigs::List(const FunctionId& id, std::string_view after,
                                                                 size_t limit) const {
  const std::string prefix = EventInvokeConfigsPrefix(id.account, id.name);
  std::vector<records::EventInvokeConfig> list;
  MutexLock lock(mutex_);
  for (auto it = configs_.upper_bound(EventInvokeConfigKey(id.account, id.name, after));
       it != configs_.end() && list.size() < limit && it->first.starts_with(prefix); ++it) {
    list.push_back(it->second);
  }
  return list;
}

absl::Status EventInvokeConfigs::Put(const records::EventInvokeConfig& config) {
  const FunctionId id = IdOf(config);
  const auto step = [&](FunctionEdit& edit) -> absl::Status {
    RETURN_IF_ERROR(CheckQualifier(edit, config.qualifier()));
    edit.others.Put(EventInvokeConfigKey(id.account, id.name, config.qualifier()), config.SerializeAsString());
    return absl::OkStatus();
  };
  return functions_.Edit(id, step).status();
}

absl::Status EventInvokeConfigs::Delete(const FunctionId& id, std::string_view qualifier) {
  if (!Find(id, qualifier)) return absl::NotFoundError("there is no such configuration");
  const auto step = [&](FunctionEdit& edit) -> absl::Status {
    edit.others.Delete(EventInvokeConfigKey(id.account, id.name, qualifier));
    return absl::OkStatus();
  };
  return functions_.Edit(id, step).status();
}

}  // namespace hearth::controller
