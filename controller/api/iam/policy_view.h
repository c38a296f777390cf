// PolicyView is a managed policy as IAM shows it, AWS's or an account's own.
//
// Errors:  NoSuchEntity for an ARN that is neither; AccessDenied for AWS's where only an own one will do.
// Threads: a value type.
// Source:  AWS IAM API Reference, "Policy", "PolicyVersion".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "controller/api/iam/iam_call.h"
#include "controller/store/identity_store.h"

namespace hearth::controller {

struct PolicyVersionView {
  int64_t number = 0;
  std::string id;  // "v1"
  std::string document;
  int64_t created_ms = 0;
};

struct PolicyView {
  std::string name, path, id, arn, description;
  int64_t created_ms = 0;
  int64_t updated_ms = 0;
  int64_t default_version = 0;
  bool is_aws = false;
  std::vector<PolicyVersionView> versions;  // oldest first
  google::protobuf::RepeatedPtrField<records::IdentityTag> tags;
};

// How many users and roles of an account use each policy.
struct PolicyUses {
  struct Count {
    int64_t attached = 0;
    int64_t boundary = 0;
  };
  std::map<std::string, Count, std::less<>> by_arn;

  Count Of(std::string_view arn) const;
};
PolicyUses CountPolicyUses(const IdentityStore& store, const std::string& account);

std::string VersionId(int64_t number);
PolicyView ViewOf(const records::ManagedPolicy& policy);
std::vector<PolicyView> AllPolicyViews(const IdentityStore& store, const std::string& account);
// The policy that the request's PolicyArn names, when the caller may do this action on it.
absl::StatusOr<PolicyView> FindPolicyView(IamCall& iam, const IdentityStore& store);
// The same, when it is one of the account's own.
absl::StatusOr<PolicyView> FindOwnPolicyView(IamCall& iam, const IdentityStore& store);
absl::Status NoSuchPolicyVersion(std::string_view arn, std::string_view version);

void WritePolicy(XmlWriter& out, std::string_view tag, const PolicyView& policy, const PolicyUses& uses, bool whole);
void WritePolicyVersion(XmlWriter& out, std::string_view tag, const PolicyView& policy,
                        const PolicyVersionView& version, bool with_document);

}  // namespace hearth::controller
