#include "cli/commands/identity.h"

#include <fmt/format.h>

#include <memory>

#include "cli/iam_client.h"
#include "cli/terminal_text.h"
#include "common/errors.h"

namespace hearth::cli {
namespace {

constexpr char kTrustLambda[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},)"
    R"("Action":"sts:AssumeRole"}]})";

// What a command needs to ask IAM; stays alive while it does.
struct Session {
  RealClock clock;
  std::unique_ptr<HttpClient> http = HttpClient::Create();
  std::unique_ptr<IamClient> iam;
};

absl::StatusOr<std::unique_ptr<Session>> Open(const IdentityOptions& options) {
  ASSIGN_OR_RETURN(AwsProfile profile, LoadAwsProfile(options.profile, ProcessVariable));
  auto session = std::make_unique<Session>();
  session->iam = std::make_unique<IamClient>(*session->http, session->clock, std::move(profile));
  return session;
}

IamClient::Parameters OfUser(const IdentityOptions& options, IamClient::Parameters more = {}) {
  if (!options.user.empty()) more.emplace_back("UserName", options.user);
  return more;
}

}  // namespace

absl::Status RunKeyCreate(const IdentityOptions& options) {
  ASSIGN_OR_RETURN(const auto session, Open(options));
  ASSIGN_OR_RETURN(const std::string answer, session->iam->Ask("CreateAccessKey", OfUser(options)));
  fmt::print("[{}]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
             options.user.empty() ? "default" : options.user, TextOf(answer, "AccessKeyId"),
             TextOf(answer, "SecretAccessKey"));
  return absl::OkStatus();
}

absl::Status RunKeyList(const IdentityOptions& options) {
  ASSIGN_OR_RETURN(const auto session, Open(options));
  ASSIGN_OR_RETURN(const std::vector<std::string> keys,
                   session->iam->List("ListAccessKeys", OfUser(options), "AccessKeyMetadata"));
  for (const std::string& key : keys) {
    fmt::print("{} {} {}\n", TextOf(key, "AccessKeyId"), TextOf(key, "Status"), TextOf(key, "CreateDate"));
  }
  return absl::OkStatus();
}

absl::Status RunKeyDeactivate(const IdentityOptions& options) {
  ASSIGN_OR_RETURN(const auto session, Open(options));
  return session->iam
      ->Ask("UpdateAccessKey", OfUser(options, {{"AccessKeyId", options.access_key_id}, {"Status", "Inactive"}}))
      .status();
}

absl::Status RunKeyDelete(const IdentityOptions& options) {
  ASSIGN_OR_RETURN(const auto session, Open(options));
  return session->iam->Ask("DeleteAccessKey", OfUser(options, {{"AccessKeyId", options.access_key_id}})).status();
}

absl::Status RunRoleCreate(const IdentityOptions& options) {
  ASSIGN_OR_RETURN(const auto session, Open(options));
  ASSIGN_OR_RETURN(
      const std::string answer,
      session->iam->Ask("CreateRole", {{"RoleName", options.role}, {"AssumeRolePolicyDocument", kTrustLambda}}));
  for (const std::string& policy : options.policies) {
    RETURN_IF_ERROR(
        session->iam->Ask("AttachRolePolicy", {{"RoleName", options.role}, {"PolicyArn", policy}}).status());
  }
  fmt::print("{}\n", TextOf(answer, "Arn"));
  return absl::OkStatus();
}

absl::Status RunRoleList(const IdentityOptions& options) {
  ASSIGN_OR_RETURN(const auto session, Open(options));
  ASSIGN_OR_RETURN(const std::vector<std::string> roles, session->iam->List("ListRoles", {}, "Roles"));
  for (const std::string& role : roles) {
    fmt::print("{} {}\n", SafeForTerminal(TextOf(role, "Arn")), TextOf(role, "CreateDate"));
  }
  return absl::OkStatus();
}

absl::Status RunRoleDelete(const IdentityOptions& options) {
  ASSIGN_OR_RETURN(const auto session, Open(options));
  const std::pair<std::string, std::string> role{"RoleName", options.role};
  ASSIGN_OR_RETURN(const std::vector<std::string> attached,
                   session->iam->List("ListAttachedRolePolicies", {role}, "AttachedPolicies"));
  for (const std::string& policy : attached) {
    RETURN_IF_ERROR(session->iam->Ask("DetachRolePolicy", {role, {"PolicyArn", TextOf(policy, "PolicyArn")}}).status());
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> names, session->iam->List("ListRolePolicies", {role}, "PolicyNames"));
  for (const std::string& name : names) {
    RETURN_IF_ERROR(session->iam->Ask("DeleteRolePolicy", {role, {"PolicyName", name}}).status());
  }
  return session->iam->Ask("DeleteRole", {role}).status();
}

}  // namespace hearth::cli
