#include "controller/api/iam/policy_view.h"

#include <fmt/format.h>

#include "common/arn.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/auth/aws_managed_policies.h"

namespace hearth::controller {
namespace {

// AWS's policies are older than any installation.
constexpr int64_t kAwsCreatedMs = 1423008000000;

PolicyView ViewOfAws(const AwsManagedPolicy& policy) {
  PolicyView view;
  view.name = policy.name;
  view.path = policy.path;
  view.id = policy.id;
  view.arn = policy.Arn();
  view.created_ms = view.updated_ms = kAwsCreatedMs;
  view.default_version = 1;
  view.is_aws = true;
  view.versions.push_back({1, VersionId(1), std::string(policy.document), kAwsCreatedMs});
  return view;
}

std::string_view NameIn(std::string_view arn) { return arn.substr(arn.rfind('/') + 1); }

absl::StatusOr<PolicyView> Find(const IdentityStore& store, const std::string& arn, const std::string& account) {
  if (const AwsManagedPolicy* policy = FindAwsManagedPolicy(arn)) return ViewOfAws(*policy);
  const ManagedPolicyPtr policy = store.policies().Find(account, NameIn(arn));
  if (policy != nullptr && ArnOf(*policy) == arn) return ViewOf(*policy);
  return NoSuchEntity(fmt::format("Policy {} was not found.", arn));
}

}  // namespace

PolicyUses::Count PolicyUses::Of(std::string_view arn) const {
  const auto found = by_arn.find(arn);
  return found == by_arn.end() ? Count{} : found->second;
}

PolicyUses CountPolicyUses(const IdentityStore& store, const std::string& account) {
  PolicyUses uses;
  const auto count = [&](const auto& record) {
    for (const std::string& arn : record.attached_policies()) ++uses.by_arn[arn].attached;
    if (!record.permissions_boundary().empty()) ++uses.by_arn[record.permissions_boundary()].boundary;
  };
  for (const UserPtr& user : store.users().List(account)) count(*user);
  for (const RolePtr& role : store.roles().List(account)) count(*role);
  return uses;
}

std::string VersionId(int64_t number) { return fmt::format("v{}", number); }

PolicyView ViewOf(const records::ManagedPolicy& policy) {
  PolicyView view;
  view.name = policy.name();
  view.path = policy.path();
  view.id = policy.id();
  view.arn = ArnOf(policy);
  view.description = policy.description();
  view.created_ms = policy.created_ms();
  view.updated_ms = policy.updated_ms();
  view.default_version = policy.default_version();
  view.tags = policy.tags();
  for (const records::ManagedPolicy::Version& version : policy.versions()) {
    view.versions.push_back({version.number(), VersionId(version.number()), version.document(), version.created_ms()});
  }
  return view;
}

std::vector<PolicyView> AllPolicyViews(const IdentityStore& store, const std::string& account) {
  std::vector<PolicyView> views;
  for (const AwsManagedPolicy& policy : AwsManagedPolicies()) views.push_back(ViewOfAws(policy));
  for (const ManagedPolicyPtr& policy : store.policies().List(account)) views.push_back(ViewOf(*policy));
  return views;
}

absl::StatusOr<PolicyView> FindPolicyView(IamCall& iam, const IdentityStore& store) {
  const std::string arn = iam.PolicyArn();
  RETURN_IF_ERROR(iam.validation.Result());
  const std::optional<Arn> parsed = Arn::Parse(arn);
  if (!parsed || parsed->service != "iam" || !parsed->resource.starts_with("policy/")) {
    return AwsError("ValidationException", fmt::format("ARN {} is not valid.", arn));
  }
  RETURN_IF_ERROR(iam.Authorize(arn));
  return Find(store, arn, iam.account());
}

absl::StatusOr<PolicyView> FindOwnPolicyView(IamCall& iam, const IdentityStore& store) {
  ASSIGN_OR_RETURN(PolicyView policy, FindPolicyView(iam, store));
  if (policy.is_aws) return AwsError("AccessDenied", "AWS managed policies cannot be changed.");
  return policy;
}

absl::Status NoSuchPolicyVersion(std::string_view arn, std::string_view version) {
  return NoSuchEntity(fmt::format("Policy {} version {} does not exist or is not attachable.", arn, version));
}

void WritePolicy(XmlWriter& out, std::string_view tag, const PolicyView& policy, const PolicyUses& uses, bool whole) {
  const PolicyUses::Count count = uses.Of(policy.arn);
  out.Element(tag, [&] {
    out.Text("PolicyName", policy.name).Text("PolicyId", policy.id).Text("Arn", policy.arn).Text("Path", policy.path);
    out.Text("DefaultVersionId", VersionId(policy.default_version));
    out.Integer("AttachmentCount", count.attached).Integer("PermissionsBoundaryUsageCount", count.boundary);
    out.Boolean("IsAttachable", true);
    out.Text("CreateDate", XmlTime(policy.created_ms)).Text("UpdateDate", XmlTime(policy.updated_ms));
    if (!whole) return;
    if (!policy.description.empty()) out.Text("Description", policy.description);
    WriteTags(out, policy.tags);
  });
}

void WritePolicyVersion(XmlWriter& out, std::string_view tag, const PolicyView& policy,
                        const PolicyVersionView& version, bool with_document) {
  out.Element(tag, [&] {
    if (with_document) WriteDocument(out, "Document", version.document);
    out.Text("VersionId", version.id).Boolean("IsDefaultVersion", version.number == policy.default_version);
    out.Text("CreateDate", XmlTime(version.created_ms));
  });
}

}  // namespace hearth::controller
