// `hearth key` and `hearth role`: access keys and execution roles without the AWS CLI, over IAM as an AWS profile.
//
// Errors:  for the operator.
// Threads: one.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/aws_profile.h"

namespace hearth::cli {

struct IdentityOptions {
  AwsProfileChoice profile;
  std::string user;           // whose keys; empty: the caller's own
  std::string access_key_id;  // of deactivate and delete
  std::string role;
  std::vector<std::string> policies = {"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"};
};

absl::Status RunKeyCreate(const IdentityOptions& options);
absl::Status RunKeyList(const IdentityOptions& options);
absl::Status RunKeyDeactivate(const IdentityOptions& options);
absl::Status RunKeyDelete(const IdentityOptions& options);

// A role that Lambda may assume, with `policies` attached.
absl::Status RunRoleCreate(const IdentityOptions& options);
absl::Status RunRoleList(const IdentityOptions& options);
// With what is attached to it.
absl::Status RunRoleDelete(const IdentityOptions& options);

}  // namespace hearth::cli
