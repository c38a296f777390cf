// Roles.
#include <fmt/format.h>

#include <algorithm>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/iam/iam_api.h"
#include "controller/api/iam/iam_identities.h"
#include "controller/api/iam/iam_paging.h"

namespace hearth::controller {
namespace {

constexpr size_t kIdDrawn = 17;
constexpr int64_t kMinSessionSeconds = 3600;
constexpr int64_t kMaxSessionSeconds = 43200;
constexpr int64_t kDefaultSessionSeconds = 3600;

void WriteRole(XmlWriter& out, std::string_view tag, const records::Role& role, bool whole) {
  out.Element(tag, [&] {
    out.Text("Path", role.path()).Text("RoleName", role.name()).Text("RoleId", role.id()).Text("Arn", ArnOf(role));
    out.Text("CreateDate", XmlTime(role.created_ms()));
    WriteDocument(out, "AssumeRolePolicyDocument", role.trust_policy());
    if (!role.description().empty()) out.Text("Description", role.description());
    out.Integer("MaxSessionDuration", role.max_session_seconds());
    if (!whole) return;
    WriteBoundary(out, role.permissions_boundary());
    if (role.tags_size() > 0) WriteTags(out, role.tags());
    out.Element("RoleLastUsed", [] {});
  });
}

absl::Status CheckTrustPolicy(const std::string& document) {
  RETURN_IF_ERROR(CheckPolicy(document, PolicyKind::kTrust));
  if (CountedCharacters(document) <= IamApi::kMaxTrustPolicyCharacters) return absl::OkStatus();
  return QuotaExceeded("ACLSizePerRole", IamApi::kMaxTrustPolicyCharacters);
}

}  // namespace

absl::Status IamApi::CreateRole(IamCall& iam) {
  records::Role role;
  role.set_account(iam.account());
  role.set_name(iam.Name("RoleName", kMaxIdentityName));
  role.set_path(iam.Path());
  role.set_trust_policy(iam.Document("AssumeRolePolicyDocument"));
  role.set_description(iam.Description());
  role.set_max_session_seconds(static_cast<int32_t>(
      iam.Integer("MaxSessionDuration", kMinSessionSeconds, kMaxSessionSeconds).value_or(kDefaultSessionSeconds)));
  role.set_permissions_boundary(iam.input.TextOr("PermissionsBoundary", ""));
  const std::vector<records::IdentityTag> tags = iam.Tags();
  RETURN_IF_ERROR(iam.validation.Result());
  std::map<std::string, std::string> context;
  if (!role.permissions_boundary().empty()) context["iam:PermissionsBoundary"] = role.permissions_boundary();
  RETURN_IF_ERROR(iam.Authorize(ArnOf(role), std::move(context)));
  RETURN_IF_ERROR(CheckTrustPolicy(role.trust_policy()));
  RETURN_IF_ERROR(CheckBoundary(role.permissions_boundary(), iam.account()));
  RETURN_IF_ERROR(MergeTags(tags, *role.mutable_tags()));
  role.set_id(DrawIdentityId("AROA", kIdDrawn, random_));
  role.set_created_ms(Now());
  const absl::Status created = identities_.roles().Create(role, kMaxRoles);
  if (absl::IsAlreadyExists(created)) {
    return AwsError("EntityAlreadyExists", fmt::format("Role with name {} already exists.", role.name()));
  }
  if (absl::IsResourceExhausted(created)) return QuotaExceeded("RolesPerAccount", kMaxRoles);
  RETURN_IF_ERROR(created);
  WriteRole(iam.out, "Role", role, true);
  return absl::OkStatus();
}

absl::Status IamApi::GetRole(IamCall& iam) {
  const std::string name = iam.Name("RoleName", kMaxIdentityName);
  RETURN_IF_ERROR(iam.validation.Result());
  ASSIGN_OR_RETURN(const RolePtr role, FindAuthorized<records::Role>(iam, identities_, name));
  WriteRole(iam.out, "Role", *role, true);
  return absl::OkStatus();
}

absl::Status IamApi::ListRoles(IamCall& iam) {
  const std::string prefix = iam.PathPrefix();
  const Page page = ReadPage(iam);
  RETURN_IF_ERROR(iam.validation.Result());
  RETURN_IF_ERROR(iam.Authorize(iam.ArnOfName("role", "")));
  std::vector<PageItem> items;
  for (const RolePtr& role : identities_.roles().List(iam.account())) {
    if (!role->path().starts_with(prefix)) continue;
    items.emplace_back(role->name(), [&out = iam.out, role] { WriteRole(out, "member", *role, false); });
  }
  std::sort(items.begin(), items.end(), [](const PageItem& a, const PageItem& b) { return a.first < b.first; });
  WritePage(iam, page, "Roles", items);
  return absl::OkStatus();
}

absl::Status IamApi::UpdateRole(IamCall& iam) {
  const std::string name = iam.Name("RoleName", kMaxIdentityName);
  const std::string description = iam.Description();
  const std::optional<int64_t> seconds = iam.Integer("MaxSessionDuration", kMinSessionSeconds, kMaxSessionSeconds);
  RETURN_IF_ERROR(iam.validation.Result());
  RETURN_IF_ERROR(FindAuthorized<records::Role>(iam, identities_, name).status());
  const auto change = [&](records::Role& role) {
    role.set_description(description);
    if (seconds) role.set_max_session_seconds(static_cast<int32_t>(*seconds));
    return absl::OkStatus();
  };
  return identities_.roles().Update(iam.account(), name, change).status();
}

absl::Status IamApi::UpdateRoleDescription(IamCall& iam) {
  const std::string name = iam.Name("RoleName", kMaxIdentityName);
  const std::string description = iam.Description();
  RETURN_IF_ERROR(iam.validation.Result());
  RETURN_IF_ERROR(FindAuthorized<records::Role>(iam, identities_, name).status());
  ASSIGN_OR_RETURN(const RolePtr changed, identities_.roles().Update(iam.account(), name, [&](records::Role& role) {
    role.set_description(description);
    return absl::OkStatus();
  }));
  WriteRole(iam.out, "Role", *changed, true);
  return absl::OkStatus();
}

absl::Status IamApi::UpdateAssumeRolePolicy(IamCall& iam) {
  const std::string name = iam.Name("RoleName", kMaxIdentityName);
  const std::string document = iam.Document("PolicyDocument");
  RETURN_IF_ERROR(iam.validation.Result());
  RETURN_IF_ERROR(FindAuthorized<records::Role>(iam, identities_, name).status());
  RETURN_IF_ERROR(CheckTrustPolicy(document));
  const auto change = [&](records::Role& role) {
    role.set_trust_policy(document);
    return absl::OkStatus();
  };
  return identities_.roles().Update(iam.account(), name, change).status();
}

absl::Status IamApi::DeleteRole(IamCall& iam) {
  const std::string name = iam.Name("RoleName", kMaxIdentityName);
  RETURN_IF_ERROR(iam.validation.Result());
  RETURN_IF_ERROR(FindAuthorized<records::Role>(iam, identities_, name).status());
  return identities_.roles().Delete(iam.account(), name, CheckHasNoPolicies<records::Role>);
}

absl::Status IamApi::ListInstanceProfilesForRole(IamCall& iam) {
  const std::string name = iam.Name("RoleName", kMaxIdentityName);
  const Page page = ReadPage(iam);
  RETURN_IF_ERROR(iam.validation.Result());
  RETURN_IF_ERROR(FindAuthorized<records::Role>(iam, identities_, name).status());
  WritePage(iam, page, "InstanceProfiles", {});  // they are EC2's
  return absl::OkStatus();
}

}  // namespace hearth::controller
