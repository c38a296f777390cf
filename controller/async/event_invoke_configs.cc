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
      configs->configs_.emplace(Key(IdOf(config), config.qualifier()), std::move(config));
    }
    if (page.size() < kScanPage) break;
    after = page.back().key;
  }
  functions.AddOnDeleted(
      [owner = configs.get()](const FunctionId& id, const std::string& qualifier) { owner->Forget(id, qualifier); });
  return configs;
}

std::optional<records::EventInvokeConfig> EventInvokeConfigs::Find(const FunctionId& id,
                                                                   std::string_view qualifier) const {
  MutexLock lock(mutex_);
  const auto found = configs_.find(Key(id, qualifier.empty() ? kLatest : qualifier));
  if (found == configs_.end()) return std::nullopt;
  return found->second;
}

std::vector<records::EventInvokeConfig> EventInvokeConfigs::List(const FunctionId& id, std::string_view after,
                                                                 size_t limit) const {
  std::vector<records::EventInvokeConfig> list;
  MutexLock lock(mutex_);
  for (auto it = configs_.upper_bound(Key(id, after)); it != configs_.end() && list.size() < limit; ++it) {
    if (it->first.first != id) break;
    list.push_back(it->second);
  }
  return list;
}

absl::Status EventInvokeConfigs::Put(const records::EventInvokeConfig& config) {
  const FunctionId id = IdOf(config);
  const auto step = [&](FunctionEdit& edit) -> absl::Status {
    RETURN_IF_ERROR(CheckQualifier(edit, config.qualifier()));
    edit.others.Put(EventInvokeConfigKey(id.account, id.name, config.qualifier()), config.SerializeAsString());
    edit.on_written = [&] {
      MutexLock lock(mutex_);
      configs_.insert_or_assign(Key(id, config.qualifier()), config);
    };
    return absl::OkStatus();
  };
  return functions_.Edit(id, step).status();
}

absl::Status EventInvokeConfigs::Delete(const FunctionId& id, std::string_view qualifier) {
  if (!Find(id, qualifier)) return absl::NotFoundError("there is no such configuration");
  const auto step = [&](FunctionEdit& edit) -> absl::Status {
    edit.others.Delete(EventInvokeConfigKey(id.account, id.name, qualifier));
    edit.on_written = [&] { Forget(id, std::string(qualifier)); };
    return absl::OkStatus();
  };
  return functions_.Edit(id, step).status();
}

void EventInvokeConfigs::Forget(const FunctionId& id, const std::string& qualifier) {
  MutexLock lock(mutex_);
  if (!qualifier.empty()) {
    configs_.erase(Key(id, qualifier));
    return;
  }
  const auto first = configs_.lower_bound(Key(id, ""));
  auto last = first;
  while (last != configs_.end() && last->first.first == id) ++last;
  configs_.erase(first, last);
}

}  // namespace hearth::controller
