#include "controller/auth/policy_evaluator.h"

#include <fmt/format.h>

#include <algorithm>

#include "absl/strings/ascii.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kSourceFunctionKey = "lambda:sourcefunctionarn";

// What a policy on a resource sees: not which function the caller's credentials belong to.
class KeysForResourcePolicy final : public ConditionKeys {
 public:
  explicit KeysForResourcePolicy(const ConditionKeys& keys) : keys_(keys) {}
  void Find(std::string_view key, ConditionValues& values) const override {
    if (key != kSourceFunctionKey) keys_.Find(key, values);
  }

 private:
  const ConditionKeys& keys_;
};

struct Ruling {
  bool denied = false;
  Named allowed = Named::kNo;  // the closest naming that allows
};

class Judgement {
 public:
  explicit Judgement(const AccessQuestion& question)
      : question_(question),
        action_(absl::AsciiStrToLower(absl::string_view(question.action.data(), question.action.size()))),
        resource_keys_(question.keys) {}

  Access Decide() {
    if (question_.resource_policy != nullptr) resource_ = RuleOf(*question_.resource_policy, resource_keys_);
    if (const PoliciesOfIdentity* policies = question_.identity_policies) {
      for (const PolicyDocumentPtr& document : policies->attached) Merge(identity_, document.get());
      Merge(boundary_, policies->boundary.get());
      Merge(session_, policies->session.get());
    }
    if (identity_.denied) return Access::kDeniedByIdentityPolicy;
    if (resource_.denied) return Access::kDeniedByResourcePolicy;
    if (boundary_.denied) return Access::kDeniedByBoundary;
    if (session_.denied) return Access::kDeniedBySessionPolicy;
    return HasIdentity() ? DecideForIdentity() : DecideForOutsider();
  }

 private:
  Ruling RuleOf(const PolicyDocument& document, const ConditionKeys& keys) const {
    Ruling ruling;
    for (const PolicyStatement& statement : document.statements()) {
      const Named named = statement.Names(question_.caller);
      if (named == Named::kNo || (statement.allows() && named <= ruling.allowed)) continue;
      if (!statement.Covers(action_, question_.resource, keys)) continue;
      if (!statement.allows()) return {.denied = true};
      ruling.allowed = named;
    }
    return ruling;
  }

  void Merge(Ruling& ruling, const PolicyDocument* document) const {
    if (document == nullptr) return;
    const Ruling more = RuleOf(*document, question_.keys);
    ruling.denied = ruling.denied || more.denied;
    ruling.allowed = std::max(ruling.allowed, more.allowed);
  }

  bool HasIdentity() const {
    using Kind = PolicyCaller::Kind;
    const Kind kind = question_.caller.kind;
    return kind == Kind::kRoot || kind == Kind::kUser || kind == Kind::kRoleSession;
  }

  Access DecideForOutsider() const {
    return resource_.allowed == Named::kNo ? Access::kNotAllowedByResourcePolicy : Access::kAllowed;
  }

  Access DecideForIdentity() const {
    const bool own = question_.resource_account.empty() || question_.resource_account == question_.caller.account;
    const bool must_be_named = !own || question_.resource_policy_must_allow;
    if (must_be_named && resource_.allowed == Named::kNo) return Access::kNotAllowedByResourcePolicy;
    if (own && resource_.allowed == Named::kExactly) return Access::kAllowed;
    const bool given_by_resource = own && resource_.allowed > Named::kByAccount;
    const bool root = question_.caller.kind == PolicyCaller::Kind::kRoot;
    if (!root && !given_by_resource && identity_.allowed == Named::kNo) return Access::kNotAllowedByIdentityPolicy;
    const PoliciesOfIdentity* policies = question_.identity_policies;
    if (policies == nullptr) return Access::kAllowed;
    if (policies->boundary != nullptr && boundary_.allowed == Named::kNo) return Access::kNotAllowedByBoundary;
    if (policies->session != nullptr && session_.allowed == Named::kNo) return Access::kNotAllowedBySessionPolicy;
    return Access::kAllowed;
  }

  const AccessQuestion& question_;
  const std::string action_;
  const KeysForResourcePolicy resource_keys_;
  Ruling identity_, boundary_, session_, resource_;
};

bool DeniesAnything(const PolicyDocument* document) { return document != nullptr && document->denies_anything(); }

// A root user in its own account, where no policy could say no.
bool IsFreeRoot(const AccessQuestion& question) {
  return question.caller.kind == PolicyCaller::Kind::kRoot && question.identity_policies == nullptr &&
         !question.resource_policy_must_allow && !DeniesAnything(question.resource_policy) &&
         (question.resource_account.empty() || question.resource_account == question.caller.account);
}

std::string Reason(Access access, std::string_view action) {
  const auto denial = [](std::string_view kind) { return fmt::format("with an explicit deny in {} policy", kind); };
  const auto lack = [&](std::string_view kind) {
    return fmt::format("because no {} policy allows the {} action", kind, action);
  };
  switch (access) {
    case Access::kAllowed:
      break;
    case Access::kDeniedByIdentityPolicy:
      return denial("an identity-based");
    case Access::kDeniedByResourcePolicy:
      return denial("a resource-based");
    case Access::kDeniedByBoundary:
      return "with an explicit deny in a permissions boundary";
    case Access::kDeniedBySessionPolicy:
      return denial("a session");
    case Access::kNotAllowedByIdentityPolicy:
      return lack("identity-based");
    case Access::kNotAllowedByResourcePolicy:
      return lack("resource-based");
    case Access::kNotAllowedByBoundary:
      return fmt::format("because no permissions boundary allows the {} action", action);
    case Access::kNotAllowedBySessionPolicy:
      return lack("session");
  }
  return "";
}

}  // namespace

Access EvaluateAccess(const AccessQuestion& question) {
  if (IsFreeRoot(question)) return Access::kAllowed;
  return Judgement(question).Decide();
}

std::string AccessDeniedText(Access access, std::string_view caller, std::string_view action,
                             std::string_view resource) {
  return fmt::format("User: {} is not authorized to perform: {} on resource: {} {}", caller, action, resource,
                     Reason(access, action));
}

}  // namespace hearth::controller
