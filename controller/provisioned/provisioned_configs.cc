#include "controller/provisioned/provisioned_configs.h"

#include <map>

#include "common/errors.h"
#include "controller/store/key_layout.h"

namespace hearth::controller {
namespace {

constexpr size_t kAll = SIZE_MAX;

}  // namespace

absl::StatusOr<std::unique_ptr<ProvisionedConfigs>> ProvisionedConfigs::Open(const Database& database,
                                                                             FunctionStore& functions) {
  ASSIGN_OR_RETURN(auto rows, Rows::Open(kProvisionedPrefix, database, functions));
  return std::make_unique<ProvisionedConfigs>(functions, std::move(rows));
}

std::optional<records::ProvisionedConcurrency> ProvisionedConfigs::Find(const FunctionId& id,
                                                                        std::string_view qualifier) const {
  return rows_->Find(ProvisionedConfigKey(id.account, id.name, qualifier));
}

std::vector<records::ProvisionedConcurrency> ProvisionedConfigs::List(const FunctionId& id, std::string_view after,
                                                                      size_t limit) const {
  return rows_->List(ProvisionedConfigsPrefix(id.account, id.name), ProvisionedConfigKey(id.account, id.name, after),
                     limit);
}

std::vector<records::ProvisionedConcurrency> ProvisionedConfigs::All() const {
  return rows_->List(kProvisionedPrefix, kProvisionedPrefix, kAll);
}

int64_t ProvisionedConfigs::TotalOf(const FunctionId& id) const {
  int64_t total = 0;
  for (const records::ProvisionedConcurrency& config : List(id, "", kAll)) total += config.requested();
  return total;
}

absl::StatusOr<int64_t> ProvisionedConfigs::UnreservedTotalOf(const std::string& account) const {
  std::map<std::string, int64_t> totals;  // by function
  const std::string prefix = ProvisionedConfigsOfAccountPrefix(account);
  for (const records::ProvisionedConcurrency& config : rows_->List(prefix, prefix, kAll)) {
    totals[config.function_name()] += config.requested();
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
