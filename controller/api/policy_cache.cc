#include "controller/api/policy_cache.h"

namespace hearth::controller {

PolicyDocumentPtr PolicyCache::Compiled(const std::string& json) const {
  if (json.empty()) return nullptr;
  {
    MutexLock lock(mutex_);
    const auto found = policies_.find(json);
    if (found != policies_.end()) return found->second;
  }
  const absl::StatusOr<PolicyDocumentPtr> policy = PolicyDocument::Parse(json, PolicyKind::kResource);
  if (!policy.ok()) return nullptr;
  MutexLock lock(mutex_);
  if (policies_.size() >= kMaxKept) policies_.clear();
  policies_[json] = *policy;
  return *policy;
}

}  // namespace hearth::controller
