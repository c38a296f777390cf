#include "controller/api/iam/iam_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/iam/iam_identities.h"

namespace hearth::controller {

IamApi::Operation IamApi::Find(std::string_view action) {
  using records::Role;
  using records::User;
  static constexpr Row kRows[] = {
      {"AttachRolePolicy", &IamApi::AttachPolicy<Role>},
      {"AttachUserPolicy", &IamApi::AttachPolicy<User>},
      {"CreateAccessKey", &IamApi::CreateAccessKey},
      {"CreateRole", &IamApi::CreateRole},
      {"CreateUser", &IamApi::CreateUser},
      {"DeleteAccessKey", &IamApi::DeleteAccessKey},
      {"DeleteLoginProfile", &IamApi::FindNoLoginProfile},
      {"DeleteRole", &IamApi::DeleteRole},
      {"DeleteRolePermissionsBoundary", &IamApi::DeleteBoundary<Role>},
      {"DeleteRolePolicy", &IamApi::DeleteInlinePolicy<Role>},
      {"DeleteUser", &IamApi::DeleteUser},
      {"DeleteUserPermissionsBoundary", &IamApi::DeleteBoundary<User>},
      {"DeleteUserPolicy", &IamApi::DeleteInlinePolicy<User>},
      {"DetachRolePolicy", &IamApi::DetachPolicy<Role>},
      {"DetachUserPolicy", &IamApi::DetachPolicy<User>},
      {"GetLoginProfile", &IamApi::FindNoLoginProfile},
      {"GetRole", &IamApi::GetRole},
      {"GetRolePolicy", &IamApi::GetInlinePolicy<Role>},
      {"GetUser", &IamApi::GetUser},
      {"GetUserPolicy", &IamApi::GetInlinePolicy<User>},
      {"ListAccessKeys", &IamApi::ListAccessKeys},
      {"ListAttachedRolePolicies", &IamApi::ListAttachedPolicies<Role>},
      {"ListAttachedUserPolicies", &IamApi::ListAttachedPolicies<User>},
      {"ListGroupsForUser", &IamApi::ListNothingOfUser},
      {"ListInstanceProfilesForRole", &IamApi::ListInstanceProfilesForRole},
      {"ListMFADevices", &IamApi::ListNothingOfUser},
      {"ListRolePolicies", &IamApi::ListInlinePolicies<Role>},
      {"ListRoleTags", &IamApi::ListTags<Role>},
      {"ListRoles", &IamApi::ListRoles},
      {"ListSSHPublicKeys", &IamApi::ListNothingOfUser},
      {"ListServiceSpecificCredentials", &IamApi::ListNothingOfUser},
      {"ListSigningCertificates", &IamApi::ListNothingOfUser},
      {"ListUserPolicies", &IamApi::ListInlinePolicies<User>},
      {"ListUserTags", &IamApi::ListTags<User>},
      {"ListUsers", &IamApi::ListUsers},
      {"PutRolePermissionsBoundary", &IamApi::PutBoundary<Role>},
      {"PutRolePolicy", &IamApi::PutInlinePolicy<Role>},
      {"PutUserPermissionsBoundary", &IamApi::PutBoundary<User>},
      {"PutUserPolicy", &IamApi::PutInlinePolicy<User>},
      {"TagRole", &IamApi::Tag<Role>},
      {"TagUser", &IamApi::Tag<User>},
      {"UntagRole", &IamApi::Untag<Role>},
      {"UntagUser", &IamApi::Untag<User>},
      {"UpdateAccessKey", &IamApi::UpdateAccessKey},
      {"UpdateAssumeRolePolicy", &IamApi::UpdateAssumeRolePolicy},
      {"UpdateRole", &IamApi::UpdateRole},
      {"UpdateRoleDescription", &IamApi::UpdateRoleDescription},
  };
  const Row* const row =
      std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& one) { return one.action == action; });
  if (row != std::end(kRows)) return row->operation;
  const Operation of_policies = FindOfPolicies(action);
  return of_policies != nullptr ? of_policies : FindOfProviders(action);
}

absl::StatusOr<std::string> IamApi::Handle(const ApiCall& call, std::string_view action, const QueryInput& input) {
  const Operation operation = Find(action);
  if (operation == nullptr) {
    return AwsError("InvalidAction", fmt::format("Could not find operation {} for version {}", action, version()));
  }
  // As on AWS: what GetSessionToken gave without a second factor is no good here.
  if (call.caller.kind != Identity::Kind::kRoleSession && call.caller.token_issued_ms != 0) {
    return AwsError("UnrecognizedClientException", "The security token included in the request is invalid.");
  }
  XmlWriter out;
  IamCall iam{call, input, authorizer_, std::string(action), out};
  RETURN_IF_ERROR((this->*operation)(iam));
  return out.Take();
}

absl::Status IamApi::CheckBoundary(const std::string& arn, const std::string& account) const {
  if (arn.empty() || IsManagedPolicy(identities_, arn, account)) return absl::OkStatus();
  return NoSuchEntity(fmt::format("Scope ARN: {} does not exist or is not attachable.", arn));
}

}  // namespace hearth::controller
