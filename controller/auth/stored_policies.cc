#include "controller/auth/stored_policies.h"

#include "common/arn.h"
#include "common/log.h"
#include "controller/auth/aws_managed_policies.h"
#include "controller/auth/policy_document.h"

namespace hearth::controller {
namespace {

constexpr char kDenyAll[] = R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]})";

std::string_view NameIn(std::string_view arn) { return arn.substr(arn.rfind('/') + 1); }

// "AROA…" of "AROA…:session".
std::string_view PrincipalOf(std::string_view principal_id) { return principal_id.substr(0, principal_id.find(':')); }

}  // namespace

StoredPolicies::StoredPolicies(const IdentityStore& store)
    : store_(store), deny_all_(*PolicyDocument::Parse(kDenyAll, PolicyKind::kIdentity)) {}

PoliciesOfIdentity StoredPolicies::Of(const Identity& identity) const {
  PoliciesOfIdentity policies = OfPrincipal(identity, PrincipalOf(identity.principal_id));
  if (!identity.session_policy.empty()) policies.session = SessionPolicy(identity.session_policy);
  return policies;
}

PoliciesOfIdentity StoredPolicies::OfPrincipal(const Identity& identity, std::string_view id) const {
  const uint64_t generation = store_.generation();
  {
    MutexLock lock(mutex_);
    const auto found = by_principal_.find(std::string(id));
    if (found != by_principal_.end() && found->second.generation == generation) return found->second.policies;
  }
  PoliciesOfIdentity policies = Compile(identity, id);
  MutexLock lock(mutex_);
  if (by_principal_.size() >= kMaxKept) by_principal_.clear();
  by_principal_.insert_or_assign(std::string(id), Kept{generation, policies});
  return policies;
}

PoliciesOfIdentity StoredPolicies::Compile(const Identity& identity, std::string_view id) const {
  switch (identity.kind) {
    case Identity::Kind::kRoot:
      break;
    case Identity::Kind::kUser: {
      const UserPtr user = store_.users().Find(identity.account, NameIn(identity.principal_arn));
      if (user != nullptr && user->id() == id) return CompileOf(*user);
      break;
    }
    case Identity::Kind::kRoleSession: {
      const RolePtr role = store_.roles().Find(identity.account, NameIn(identity.role_arn));
      if (role != nullptr && role->id() == id) return CompileOf(*role);
      break;
    }
  }
  return {};
}

template <class Record>
PoliciesOfIdentity StoredPolicies::CompileOf(const Record& record) const {
  PoliciesOfIdentity policies;
  if (record.tags_size() > 0) {
    auto tags = std::make_shared<std::map<std::string, std::string>>();
    for (const records::IdentityTag& tag : record.tags()) (*tags)[tag.key()] = tag.value();
    policies.tags = std::move(tags);
  }
  for (const auto& [name, document] : record.inline_policies()) policies.attached.push_back(Read(document));
  for (const std::string& arn : record.attached_policies()) {
    if (PolicyDocumentPtr document = ReadManaged(arn)) policies.attached.push_back(std::move(document));
  }
  if (record.permissions_boundary().empty()) return policies;
  policies.boundary = ReadManaged(record.permissions_boundary());
  if (policies.boundary == nullptr) policies.boundary = deny_all_;
  return policies;
}

PolicyDocumentPtr StoredPolicies::Read(std::string_view document) const {
  const absl::StatusOr<PolicyDocumentPtr> read = PolicyDocument::Parse(document, PolicyKind::kIdentity);
  if (read.ok()) return *read;
  LogError("a stored policy cannot be read: it denies everything", {{"error", std::string(read.status().message())}});
  return deny_all_;
}

PolicyDocumentPtr StoredPolicies::ReadManaged(std::string_view arn) const {
  const std::string document = ManagedPolicyDocument(store_, arn);
  return document.empty() ? nullptr : Read(document);
}

PolicyDocumentPtr StoredPolicies::SessionPolicy(const std::string& document) const {
  {
    MutexLock lock(mutex_);
    const auto found = by_session_policy_.find(document);
    if (found != by_session_policy_.end()) return found->second;
  }
  PolicyDocumentPtr read = Read(document);
  MutexLock lock(mutex_);
  if (by_session_policy_.size() >= kMaxKept) by_session_policy_.clear();
  by_session_policy_.insert_or_assign(document, read);
  return read;
}

std::string ManagedPolicyDocument(const IdentityStore& store, std::string_view arn) {
  if (const AwsManagedPolicy* policy = FindAwsManagedPolicy(arn)) return std::string(policy->document);
  const std::optional<Arn> parsed = Arn::Parse(arn);
  if (!parsed) return "";
  const ManagedPolicyPtr policy = store.policies().Find(parsed->account, NameIn(arn));
  if (policy == nullptr || ArnOf(*policy) != arn) return "";
  for (const records::ManagedPolicy::Version& version : policy->versions()) {
    if (version.number() == policy->default_version()) return version.document();
  }
  return "";
}

}  // namespace hearth::controller
