#include "controller/async/event_invoke_configs.h"

#include "common/errors.h"
#include "controller/store/key_layout.h"

namespace hearth::controller {
namespace {

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
  ASSIGN_OR_RETURN(auto rows, Rows::Open(kEventInvokePrefix, database, functions));
  return std::make_unique<EventInvokeConfigs>(functions, std::move(rows));
}

std::optional<records::EventInvokeConfig> EventInvokeConfigs::Find(const FunctionId& id,
                                                                   std::string_view qualifier) const {
  return rows_->Find(EventInvokeConfigKey(id.account, id.name, qualifier.empty() ? kLatest : qualifier));
}

std::vector<records::EventInvokeConfig> EventInvokeConfigs::List(const FunctionId& id, std::string_view after,
                                                                 size_t limit) const {
  return rows_->List(EventInvokeConfigsPrefix(id.account, id.name), EventInvokeConfigKey(id.account, id.name, after),
                     limit);
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
