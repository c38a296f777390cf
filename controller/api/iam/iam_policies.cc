// Managed policies: the account's own, and AWS's to be read and attached.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "common/arn.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/iam/iam_api.h"
#include "controller/api/iam/iam_identities.h"
#include "controller/api/iam/iam_paging.h"
#include "controller/api/iam/policy_view.h"

namespace hearth::controller {
namespace {

constexpr size_t kIdDrawn = 17;

absl::Status CheckManagedPolicy(const std::string& document) {
  RETURN_IF_ERROR(CheckPolicy(document, PolicyKind::kIdentity));
  if (CountedCharacters(document) <= IamApi::kMaxManagedPolicyCharacters) return absl::OkStatus();
  return QuotaExceeded("PolicySize", IamApi::kMaxManagedPolicyCharacters);
}

void AddVersion(records::ManagedPolicy& policy, const std::string& document, int64_t now_ms) {
  records::ManagedPolicy::Version& version = *policy.add_versions();
  version.set_number(std::max<int64_t>(policy.next_version(), 1));
  version.set_document(document);
  version.set_created_ms(now_ms);
  policy.set_next_version(version.number() + 1);
  policy.set_updated_ms(now_ms);
}

}  // namespace

IamApi::Operation IamApi::FindOfPolicies(std::string_view action) {
  static constexpr Row kRows[] = {
      {"CreatePolicy", &IamApi::CreatePolicy},
      {"CreatePolicyVersion", &IamApi::CreatePolicyVersion},
      {"DeletePolicy", &IamApi::DeletePolicy},
      {"DeletePolicyVersion", &IamApi::DeletePolicyVersion},
      {"GetPolicy", &IamApi::GetPolicy},
      {"GetPolicyVersion", &IamApi::GetPolicyVersion},
      {"ListEntitiesForPolicy", &IamApi::ListEntitiesForPolicy},
      {"ListPolicies", &IamApi::ListPolicies},
      {"ListPolicyTags", &IamApi::ListPolicyTags},
      {"ListPolicyVersions", &IamApi::ListPolicyVersions},
      {"SetDefaultPolicyVersion", &IamApi::SetDefaultPolicyVersion},
      {"TagPolicy", &IamApi::TagPolicy},
      {"UntagPolicy", &IamApi::UntagPolicy},
  };
  const Row* const row =
      std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& one) { return one.action == action; });
  return row == std::end(kRows) ? nullptr : row->operation;
}

absl::Status IamApi::CreatePolicy(IamCall& iam) {
  records::ManagedPolicy policy;
  policy.set_account(iam.account());
  policy.set_name(iam.Name("PolicyName", kMaxPolicyName));
  policy.set_path(iam.Path());
  policy.set_description(iam.Description());
  const std::string document = iam.Document("PolicyDocument");
  const std::vector<records::IdentityTag> tags = iam.Tags();
  RETURN_IF_ERROR(iam.validation.Result());
  RETURN_IF_ERROR(iam.Authorize(ArnOf(policy)));
  RETURN_IF_ERROR(CheckManagedPolicy(document));
  RETURN_IF_ERROR(MergeTags(tags, *policy.mutable_tags()));
  policy.set_id(DrawIdentityId("ANPA", kIdDrawn, random_));
  policy.set_created_ms(Now());
  AddVersion(policy, document, Now());
  policy.set_default_version(1);
  const absl::Status created = identities_.policies().Create(policy, kMaxPolicies);
  if (absl::IsAlreadyExists(created)) {
    return AwsError("EntityAlreadyExists",
                    fmt::format("A policy called {} already exists. Duplicate names are not allowed.", policy.name()));
  }
  if (absl::IsResourceExhausted(created)) return QuotaExceeded("PoliciesPerAccount", kMaxPolicies);
  RETURN_IF_ERROR(created);
  WritePolicy(iam.out, "Policy", ViewOf(policy), {}, true);
  return absl::OkStatus();
}

absl::Status IamApi::GetPolicy(IamCall& iam) {
  ASSIGN_OR_RETURN(const PolicyView policy, FindPolicyView(iam, identities_));
  const PolicyUses uses = CountPolicyUses(identities_, iam.account());
  WritePolicy(iam.out, "Policy", policy, uses, true);
  return absl::OkStatus();
}

absl::Status IamApi::GetPolicyVersion(IamCall& iam) {
  const std::string id = iam.Required("VersionId", 1, 32);
  ASSIGN_OR_RETURN(const PolicyView policy, FindPolicyView(iam, identities_));
  for (const PolicyVersionView& version : policy.versions) {
    if (version.id != id) continue;
    WritePolicyVersion(iam.out, "PolicyVersion", policy, version, true);
    return absl::OkStatus();
  }
  return NoSuchPolicyVersion(policy.arn, id);
}

absl::Status IamApi::ListPolicyVersions(IamCall& iam) {
  const Page page = ReadPage(iam);
  ASSIGN_OR_RETURN(const PolicyView policy, FindPolicyView(iam, identities_));
  std::vector<PageItem> items;
  for (const PolicyVersionView& version : policy.versions) {
    // The newest first.
    items.emplace_back(fmt::format("{:020}", INT64_MAX - version.number),
                       [&iam, &policy, version] { WritePolicyVersion(iam.out, "member", policy, version, false); });
  }
  std::sort(items.begin(), items.end(), [](const PageItem& a, const PageItem& b) { return a.first < b.first; });
  WritePage(iam, page, "Versions", items);
  return absl::OkStatus();
}

absl::Status IamApi::CreatePolicyVersion(IamCall& iam) {
  const std::string document = iam.Document("PolicyDocument");
  const std::string set_default = iam.input.TextOr("SetAsDefault", "false");
  iam.validation.Enum("setAsDefault", set_default, {"true", "false"});
  ASSIGN_OR_RETURN(const PolicyView policy, FindOwnPolicyView(iam, identities_));
  RETURN_IF_ERROR(CheckManagedPolicy(document));
  const auto change = [&](records::ManagedPolicy& record) {
    if (record.versions_size() >= kMaxPolicyVersions) {
      return AwsError("LimitExceeded",
                      "A managed policy can have up to 5 versions. Before you create a new version, you must delete an "
                      "existing version.");
    }
    AddVersion(record, document, Now());
    if (set_default == "true") record.set_default_version(record.next_version() - 1);
    return absl::OkStatus();
  };
  ASSIGN_OR_RETURN(const ManagedPolicyPtr changed, identities_.policies().Update(iam.account(), policy.name, change));
  const PolicyView after = ViewOf(*changed);
  WritePolicyVersion(iam.out, "PolicyVersion", after, after.versions.back(), false);
  return absl::OkStatus();
}

absl::Status IamApi::SetDefaultPolicyVersion(IamCall& iam) {
  const std::string id = iam.Required("VersionId", 1, 32);
  ASSIGN_OR_RETURN(const PolicyView policy, FindOwnPolicyView(iam, identities_));
  const auto change = [&](records::ManagedPolicy& record) {
    for (const records::ManagedPolicy::Version& version : record.versions()) {
      if (VersionId(version.number()) != id) continue;
      record.set_default_version(version.number());
      record.set_updated_ms(Now());
      return absl::OkStatus();
    }
    return NoSuchPolicyVersion(policy.arn, id);
  };
  return identities_.policies().Update(iam.account(), policy.name, change).status();
}

absl::Status IamApi::DeletePolicyVersion(IamCall& iam) {
  const std::string id = iam.Required("VersionId", 1, 32);
  ASSIGN_OR_RETURN(const PolicyView policy, FindOwnPolicyView(iam, identities_));
  const auto change = [&](records::ManagedPolicy& record) {
    if (VersionId(record.default_version()) == id) {
      return AwsError("DeleteConflict", "Cannot delete the default version of a policy.");
    }
    auto& versions = *record.mutable_versions();
    const auto found =
        std::find_if(versions.begin(), versions.end(), [&](const auto& one) { return VersionId(one.number()) == id; });
    if (found == versions.end()) return NoSuchPolicyVersion(policy.arn, id);
    versions.erase(found);
    return absl::OkStatus();
  };
  return identities_.policies().Update(iam.account(), policy.name, change).status();
}

absl::Status IamApi::ListPolicies(IamCall& iam) {
  const std::string scope = iam.input.TextOr("Scope", "All");
  const std::string only_attached = iam.input.TextOr("OnlyAttached", "false");
  const std::string usage = iam.input.TextOr("PolicyUsageFilter", "");
  const std::string prefix = iam.PathPrefix();
  iam.validation.Enum("scope", scope, {"All", "AWS", "Local"});
  iam.validation.Enum("onlyAttached", only_attached, {"true", "false"});
  if (!usage.empty()) {
    iam.validation.Enum("policyUsageFilter", usage, {"PermissionsPolicy", "PermissionsBoundary"});
  }
  const Page page = ReadPage(iam);
  RETURN_IF_ERROR(iam.validation.Result());
  RETURN_IF_ERROR(iam.Authorize(iam.ArnOfName("policy", "")));
  const PolicyUses uses = CountPolicyUses(identities_, iam.account());
  std::vector<PageItem> items;
  for (PolicyView& policy : AllPolicyViews(identities_, iam.account())) {
    if (!policy.path.starts_with(prefix) || (scope == "AWS" && !policy.is_aws) || (scope == "Local" && policy.is_aws)) {
      continue;
    }
    const PolicyUses::Count count = uses.Of(policy.arn);
    if ((only_attached == "true" || usage == "PermissionsPolicy") && count.attached == 0) continue;
    if (usage == "PermissionsBoundary" && count.boundary == 0) continue;
    std::string key = policy.arn;
    items.emplace_back(std::move(key), [&iam, &uses, policy = std::move(policy)] {
      WritePolicy(iam.out, "member", policy, uses, false);
    });
  }
  std::sort(items.begin(), items.end(), [](const PageItem& a, const PageItem& b) { return a.first < b.first; });
  WritePage(iam, page, "Policies", items);
  return absl::OkStatus();
}

absl::Status IamApi::DeletePolicy(IamCall& iam) {
  ASSIGN_OR_RETURN(const PolicyView policy, FindOwnPolicyView(iam, identities_));
  return identities_.policies().Delete(
      iam.account(), policy.name, [&](const records::ManagedPolicy& record) -> absl::Status {
        const PolicyUses::Count count = CountPolicyUses(identities_, iam.account()).Of(policy.arn);
        if (count.attached + count.boundary > 0) {
          return AwsError("DeleteConflict", "Cannot delete a policy attached to entities.");
        }
        if (record.versions_size() == 1) return absl::OkStatus();
        return AwsError("DeleteConflict",
                        "This policy has more than one version. Before you delete a policy, you must delete the "
                        "policy's versions. The default version is deleted with the policy.");
      });
}

absl::Status IamApi::ListEntitiesForPolicy(IamCall& iam) {
  const std::string filter = iam.input.TextOr("EntityFilter", "");
  if (!filter.empty()) {
    iam.validation.Enum("entityFilter", filter, {"User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"});
  }
  const Page page = ReadPage(iam);
  ASSIGN_OR_RETURN(const PolicyView policy, FindPolicyView(iam, identities_));
  const auto attaches = [&](const auto& record) {
    const auto& attached = record.attached_policies();
    return std::find(attached.begin(), attached.end(), policy.arn) != attached.end();
  };
  // One page holds roles first, then users; each is written under a list of its own.
  std::vector<PageItem> items;
  XmlWriter roles, users;
  if (filter.empty() || filter == "Role") {
    for (const RolePtr& role : identities_.roles().List(iam.account())) {
      if (!attaches(*role)) continue;
      items.emplace_back("role/" + role->name(), [&roles, role] {
        roles.Element("member", [&] { roles.Text("RoleName", role->name()).Text("RoleId", role->id()); });
      });
    }
  }
  if (filter.empty() || filter == "User") {
    for (const UserPtr& user : identities_.users().List(iam.account())) {
      if (!attaches(*user)) continue;
      items.emplace_back("user/" + user->name(), [&users, user] {
        users.Element("member", [&] { users.Text("UserName", user->name()).Text("UserId", user->id()); });
      });
    }
  }
  std::sort(items.begin(), items.end(), [](const PageItem& a, const PageItem& b) { return a.first < b.first; });
  WritePage(iam, page, "PolicyGroups", items);  // nothing writes into it: there are no groups
  iam.out.Raw("PolicyRoles", roles.Take()).Raw("PolicyUsers", users.Take());
  return absl::OkStatus();
}

}  // namespace hearth::controller
