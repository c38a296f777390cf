// Users and their access keys.
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
constexpr std::string_view kActive = "Active";
constexpr std::string_view kInactive = "Inactive";

void WriteUser(XmlWriter& out, std::string_view tag, const records::User& user, bool whole) {
  out.Element(tag, [&] {
    out.Text("Path", user.path()).Text("UserName", user.name()).Text("UserId", user.id()).Text("Arn", ArnOf(user));
    out.Text("CreateDate", XmlTime(user.created_ms()));
    if (!whole) return;
    WriteBoundary(out, user.permissions_boundary());
    if (user.tags_size() > 0) WriteTags(out, user.tags());
  });
}

Identity IdentityOf(const records::User& user) {
  Identity identity;
  identity.kind = Identity::Kind::kUser;
  identity.account = user.account();
  identity.principal_arn = ArnOf(user);
  identity.principal_id = user.id();
  return identity;
}

std::string_view NameIn(std::string_view arn) { return arn.substr(arn.rfind('/') + 1); }

}  // namespace

absl::Status IamApi::CreateUser(IamCall& iam) {
  records::User user;
  user.set_account(iam.account());
  user.set_name(iam.Name("UserName", kMaxIdentityName));
  user.set_path(iam.Path());
  user.set_permissions_boundary(iam.input.TextOr("PermissionsBoundary", ""));
  const std::vector<records::IdentityTag> tags = iam.Tags();
  RETURN_IF_ERROR(iam.validation.Result());
  std::map<std::string, std::string> context;
  if (!user.permissions_boundary().empty()) context["iam:PermissionsBoundary"] = user.permissions_boundary();
  RETURN_IF_ERROR(iam.Authorize(ArnOf(user), std::move(context)));
  RETURN_IF_ERROR(CheckBoundary(user.permissions_boundary(), iam.account()));
  RETURN_IF_ERROR(MergeTags(tags, *user.mutable_tags()));
  user.set_id(DrawIdentityId("AIDA", kIdDrawn, random_));
  user.set_created_ms(Now());
  const absl::Status created = identities_.users().Create(user, kMaxUsers);
  if (absl::IsAlreadyExists(created)) {
    return AwsError("EntityAlreadyExists", fmt::format("User with name {} already exists.", user.name()));
  }
  if (absl::IsResourceExhausted(created)) return QuotaExceeded("UsersPerAccount", kMaxUsers);
  RETURN_IF_ERROR(created);
  WriteUser(iam.out, "User", user, true);
  return absl::OkStatus();
}

absl::Status IamApi::GetUser(IamCall& iam) {
  const std::string name = iam.OptionalName("UserName", kMaxIdentityName);
  RETURN_IF_ERROR(iam.validation.Result());
  const Identity& caller = iam.call.caller;
  if (name.empty() && caller.kind == Identity::Kind::kRoot) {
    iam.out.Element("User", [&] {
      iam.out.Text("UserId", caller.account).Text("Arn", RootArn(caller.account)).Text("CreateDate", XmlTime(0));
    });
    return absl::OkStatus();
  }
  if (name.empty() && caller.kind != Identity::Kind::kUser) {
    return AwsError("ValidationException", "Must specify userName when calling with non-User credentials");
  }
  ASSIGN_OR_RETURN(
      const UserPtr user,
      FindAuthorized<records::User>(iam, identities_, name.empty() ? std::string(NameIn(caller.principal_arn)) : name));
  WriteUser(iam.out, "User", *user, true);
  return absl::OkStatus();
}

absl::Status IamApi::ListUsers(IamCall& iam) {
  const std::string prefix = iam.PathPrefix();
  const Page page = ReadPage(iam);
  RETURN_IF_ERROR(iam.validation.Result());
  RETURN_IF_ERROR(iam.Authorize(iam.ArnOfName("user", "")));
  std::vector<PageItem> items;
  for (const UserPtr& user : identities_.users().List(iam.account())) {
    if (!user->path().starts_with(prefix)) continue;
    items.emplace_back(user->name(), [&out = iam.out, user] { WriteUser(out, "member", *user, false); });
  }
  std::sort(items.begin(), items.end(), [](const PageItem& a, const PageItem& b) { return a.first < b.first; });
  WritePage(iam, page, "Users", items);
  return absl::OkStatus();
}

absl::Status IamApi::DeleteUser(IamCall& iam) {
  const std::string name = iam.Name("UserName", kMaxIdentityName);
  RETURN_IF_ERROR(iam.validation.Result());
  RETURN_IF_ERROR(FindAuthorized<records::User>(iam, identities_, name).status());
  return identities_.users().Delete(iam.account(), name, [this](const records::User& user) -> absl::Status {
    if (!keys_.ListOf(user.id()).empty()) {
      return AwsError("DeleteConflict", "Cannot delete entity, must delete access keys first.");
    }
    return CheckHasNoPolicies(user);
  });
}

absl::StatusOr<IamApi::KeyOwner> IamApi::OwnerOfKeys(IamCall& iam) const {
  std::string name = iam.OptionalName("UserName", kMaxIdentityName);
  RETURN_IF_ERROR(iam.validation.Result());
  const Identity& caller = iam.call.caller;
  if (name.empty() && caller.kind == Identity::Kind::kRoot) {
    RETURN_IF_ERROR(iam.Authorize(RootArn(caller.account)));
    return KeyOwner{RootIdentity(caller.account, ""), ""};
  }
  if (name.empty() && caller.kind != Identity::Kind::kUser) {
    return AwsError("ValidationException", "Must specify userName when calling with non-User credentials");
  }
  if (name.empty()) name = NameIn(caller.principal_arn);
  ASSIGN_OR_RETURN(const UserPtr user, FindAuthorized<records::User>(iam, identities_, name));
  return KeyOwner{IdentityOf(*user), name};
}

absl::Status IamApi::CheckOwns(const KeyOwner& owner, const std::string& access_key_id) const {
  const CredentialPtr key = keys_.Find(access_key_id);
  if (key && key->identity.principal_id == owner.identity.principal_id) return absl::OkStatus();
  return NoSuchEntity(fmt::format("The Access Key with id {} cannot be found.", access_key_id));
}

absl::Status IamApi::CreateAccessKey(IamCall& iam) {
  ASSIGN_OR_RETURN(const KeyOwner owner, OwnerOfKeys(iam));
  std::optional<Credential> made;
  RETURN_IF_ERROR(identities_.WhileUnchanged([&]() -> absl::Status {
    if (!owner.name.empty() && identities_.users().Find(iam.account(), owner.name) == nullptr) {
      return NoSuchUser(owner.name);
    }
    if (keys_.ListOf(owner.identity.principal_id).size() >= kMaxKeysOfOne) {
      return QuotaExceeded("AccessKeysPerUser", kMaxKeysOfOne);
    }
    ASSIGN_OR_RETURN(made, keys_.Create(owner.identity));
    return absl::OkStatus();
  }));
  iam.out.Element("AccessKey", [&] {
    iam.out.Text("UserName", owner.name).Text("AccessKeyId", made->identity.access_key_id).Text("Status", kActive);
    iam.out.Text("SecretAccessKey", made->secret_access_key).Text("CreateDate", XmlTime(made->created_ms));
  });
  return absl::OkStatus();
}

absl::Status IamApi::ListAccessKeys(IamCall& iam) {
  const Page page = ReadPage(iam);
  ASSIGN_OR_RETURN(const KeyOwner owner, OwnerOfKeys(iam));
  std::vector<PageItem> items;
  for (const Credential& key : keys_.ListOf(owner.identity.principal_id)) {
    items.emplace_back(fmt::format("{:020}/{}", key.created_ms, key.identity.access_key_id), [&iam, &owner, key] {
      iam.out.Element("member", [&] {
        iam.out.Text("UserName", owner.name).Text("AccessKeyId", key.identity.access_key_id);
        iam.out.Text("Status", key.active ? kActive : kInactive).Text("CreateDate", XmlTime(key.created_ms));
      });
    });
  }
  WritePage(iam, page, "AccessKeyMetadata", items);
  return absl::OkStatus();
}

absl::Status IamApi::UpdateAccessKey(IamCall& iam) {
  const std::string id = iam.Required("AccessKeyId", 16, 128);
  const std::string status = iam.Required("Status", 1, 128);
  if (!status.empty()) iam.validation.Enum("status", status, {kActive, kInactive});
  ASSIGN_OR_RETURN(const KeyOwner owner, OwnerOfKeys(iam));
  return identities_.WhileUnchanged([&]() -> absl::Status {
    RETURN_IF_ERROR(CheckOwns(owner, id));
    return keys_.SetActive(id, status == kActive);
  });
}

absl::Status IamApi::DeleteAccessKey(IamCall& iam) {
  const std::string id = iam.Required("AccessKeyId", 16, 128);
  ASSIGN_OR_RETURN(const KeyOwner owner, OwnerOfKeys(iam));
  return identities_.WhileUnchanged([&]() -> absl::Status {
    RETURN_IF_ERROR(CheckOwns(owner, id));
    return keys_.Delete(id);
  });
}

}  // namespace hearth::controller
