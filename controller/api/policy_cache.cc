#include "controller/api/policy_cache.h"

#include "common/log.h"

namespace hearth::controller {
namespace {

constexpr char kDenyAll[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]})";

}  // namespace

PolicyDocumentPtr PolicyCache::Compiled(const std::string& json) const {
  if (json.empty()) return nullptr;
  {
    MutexLock lock(mutex_);
    const auto found = policies_.find(json);
    if (found != policies_.end()) return found->second;
  }
  absl::StatusOr<PolicyDocumentPtr> policy = PolicyDocument::Parse(json, PolicyKind::kResource);
  if (!policy.ok()) {
    LogError("a stored policy cannot be read: it denies everything", {{"error", policy.status().ToString()}});
    policy = PolicyDocument::Parse(kDenyAll, PolicyKind::kResource);
    if (!policy.ok()) return nullptr;  // never
  }
  MutexLock lock(mutex_);
  if (policies_.size() >= kMaxKept) policies_.clear();
  policies_[json] = *policy;
  return *policy;
}

}  // namespace hearth::controller
