#include "controller/auth/function_policies.h"

#include <fmt/format.h>

#include "absl/strings/string_view.h"
#include "common/errors.h"
#include "common/log.h"
#include "controller/store/record.h"
#include "proto/records.pb.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kLatest = "$LATEST";

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

bool IsPolicyKey(const std::optional<RelativeKey>& key) { return key && key->kind == kPolicyKind; }

absl::StatusOr<PolicyDocumentPtr> ReadPolicy(std::string_view key, const std::string& bytes) {
  ASSIGN_OR_RETURN(const auto record, ParseRecord<records::FunctionPolicy>(key, bytes));
  absl::StatusOr<PolicyDocumentPtr> policy = PolicyDocument::Parse(record.json(), PolicyKind::kResource);
  if (!policy.ok()) return absl::DataLossError(fmt::format("record {}: {}", key, policy.status().ToString()));
  return policy;
}

}  // namespace

absl::Status FunctionPolicies::Load(const std::vector<KeyValue>& rows) {
  for (const KeyValue& row : rows) {
    const std::optional<RelativeKey> key = ParseRelativeKey(row.key);
    if (!IsPolicyKey(key)) continue;
    ASSIGN_OR_RETURN(PolicyDocumentPtr policy, ReadPolicy(row.key, row.value));
    Put(*key, std::move(policy));
  }
  return absl::OkStatus();
}

PolicyDocumentPtr FunctionPolicies::Find(std::string_view account, std::string_view name,
                                         std::string_view qualifier) const {
  MutexLock lock(mutex_);
  const auto functions = by_account_.find(View(account));
  if (functions == by_account_.end()) return nullptr;
  const auto function = functions->second.find(View(name));
  if (function == functions->second.end()) return nullptr;
  const auto policy = function->second.find(qualifier.empty() ? kLatest : qualifier);
  return policy == function->second.end() ? nullptr : policy->second;
}

void FunctionPolicies::Apply(const WriteBatch& rows) {
  for (const WriteBatch::Change& row : rows.changes) {
    const std::optional<RelativeKey> key = ParseRelativeKey(row.key);
    if (!IsPolicyKey(key)) continue;
    if (!row.value) {
      Put(*key, nullptr);
      continue;
    }
    absl::StatusOr<PolicyDocumentPtr> policy = ReadPolicy(row.key, *row.value);
    // Whoever wrote it has read it before. Were it unreadable all the same, nobody is let in by it.
    if (!policy.ok()) LogError("a policy cannot be read", {{"error", std::string(policy.status().message())}});
    Put(*key, policy.ok() ? *std::move(policy) : nullptr);
  }
}

void FunctionPolicies::Put(const RelativeKey& key, PolicyDocumentPtr policy) {
  MutexLock lock(mutex_);
  if (policy != nullptr) {
    by_account_[View(key.account)][View(key.name)].insert_or_assign(std::string(key.qualifier), std::move(policy));
    return;
  }
  const auto functions = by_account_.find(View(key.account));
  if (functions == by_account_.end()) return;
  const auto found = functions->second.find(View(key.name));
  if (found == functions->second.end()) return;
  if (const auto gone = found->second.find(key.qualifier); gone != found->second.end()) found->second.erase(gone);
  if (found->second.empty()) functions->second.erase(found);
  if (functions->second.empty()) by_account_.erase(functions);
}

}  // namespace hearth::controller
