// IamApi answers the part of AWS IAM that clients of Lambda need: users and their keys, roles, policies.
//
// Shapes:  the query protocol; documents are percent-encoded in answers.
// Errors:  IAM's codes; "InvalidAction" for operations that are not carried out.
// Threads: any thread; changes block on disk.
// Source:  AWS IAM API Reference; IAM User Guide, "IAM and AWS STS quotas".
#pragma once

#include <string>
#include <string_view>

#include "common/clock.h"
#include "common/random.h"
#include "controller/api/iam/iam_call.h"
#include "controller/api/query_service.h"
#include "controller/auth/access_keys.h"
#include "controller/auth/oidc/oidc_providers.h"
#include "controller/store/identity_store.h"

namespace hearth::controller {

class IamApi final : public QueryService {
 public:
  static constexpr size_t kMaxUsers = 5000;
  static constexpr size_t kMaxRoles = 1000;
  static constexpr size_t kMaxPolicies = 1500;
  static constexpr int kMaxAttached = 10;
  static constexpr int kMaxPolicyVersions = 5;
  static constexpr size_t kMaxKeysOfOne = 2;
  static constexpr size_t kMaxManagedPolicyCharacters = 6144;
  static constexpr size_t kMaxRoleInlineCharacters = 10240;
  static constexpr size_t kMaxUserInlineCharacters = 2048;
  static constexpr size_t kMaxTrustPolicyCharacters = 2048;

  static constexpr size_t kMaxProviders = 100;
  static constexpr int kMaxClientIds = 100;
  static constexpr int kMaxThumbprints = 5;

  // `own_issuer`: the URL of Hearth's own, which may be http.
  IamApi(IdentityStore& identities, AccessKeys& keys, OidcProviders& providers, std::string own_issuer,
         const Authorizer& authorizer, Clock& clock, Random& random)
      : identities_(identities),
        keys_(keys),
        providers_(providers),
        own_issuer_(std::move(own_issuer)),
        authorizer_(authorizer),
        clock_(clock),
        random_(random) {}

  std::string_view version() const override { return "2010-05-08"; }
  std::string_view signing_name() const override { return "iam"; }
  std::string_view xml_namespace() const override { return "https://iam.amazonaws.com/doc/2010-05-08/"; }
  absl::StatusOr<std::string> Handle(const ApiCall& call, std::string_view action, const QueryInput& input) override;

 private:
  using Operation = absl::Status (IamApi::*)(IamCall& iam);
  struct Row {
    std::string_view action;
    Operation operation;
  };
  static Operation Find(std::string_view action);
  static Operation FindOfPolicies(std::string_view action);
  static Operation FindOfProviders(std::string_view action);

  // Users and keys.
  absl::Status CreateUser(IamCall& iam);
  absl::Status GetUser(IamCall& iam);
  absl::Status ListUsers(IamCall& iam);
  absl::Status DeleteUser(IamCall& iam);
  absl::Status CreateAccessKey(IamCall& iam);
  absl::Status ListAccessKeys(IamCall& iam);
  absl::Status UpdateAccessKey(IamCall& iam);
  absl::Status DeleteAccessKey(IamCall& iam);
  // ListGroupsForUser and the like: users have none.
  absl::Status ListNothingOfUser(IamCall& iam);
  // GetLoginProfile, DeleteLoginProfile: nobody has one.
  absl::Status FindNoLoginProfile(IamCall& iam);
  struct KeyOwner {
    Identity identity;  // without access_key_id
    std::string name;   // empty: root
  };
  // Whose keys a request is about: the named user's, or the caller's own.
  absl::StatusOr<KeyOwner> OwnerOfKeys(IamCall& iam) const;
  absl::Status CheckOwns(const KeyOwner& owner, const std::string& access_key_id) const;

  // Roles.
  absl::Status CreateRole(IamCall& iam);
  absl::Status GetRole(IamCall& iam);
  absl::Status ListRoles(IamCall& iam);
  absl::Status UpdateRole(IamCall& iam);
  absl::Status UpdateRoleDescription(IamCall& iam);
  absl::Status UpdateAssumeRolePolicy(IamCall& iam);
  absl::Status DeleteRole(IamCall& iam);
  absl::Status ListInstanceProfilesForRole(IamCall& iam);

  // Providers of identity tokens.
  absl::Status CreateOpenIdConnectProvider(IamCall& iam);
  absl::Status GetOpenIdConnectProvider(IamCall& iam);
  absl::Status ListOpenIdConnectProviders(IamCall& iam);
  absl::Status DeleteOpenIdConnectProvider(IamCall& iam);
  absl::Status AddClientId(IamCall& iam);
  absl::Status RemoveClientId(IamCall& iam);
  absl::Status UpdateThumbprints(IamCall& iam);
  absl::Status TagProvider(IamCall& iam);
  absl::Status UntagProvider(IamCall& iam);
  absl::Status ListProviderTags(IamCall& iam);
  // The provider that OpenIDConnectProviderArn names, when the caller may do this action on it.
  absl::StatusOr<OidcProviders::Table::Ptr> FindProvider(IamCall& iam) const;
  absl::Status ChangeProvider(IamCall& iam, const OidcProviders::Table::Change& change);

  // What users and roles have alike.
  template <class Record>
  absl::Status PutInlinePolicy(IamCall& iam);
  template <class Record>
  absl::Status GetInlinePolicy(IamCall& iam);
  template <class Record>
  absl::Status ListInlinePolicies(IamCall& iam);
  template <class Record>
  absl::Status DeleteInlinePolicy(IamCall& iam);
  template <class Record>
  absl::Status AttachPolicy(IamCall& iam);
  template <class Record>
  absl::Status DetachPolicy(IamCall& iam);
  template <class Record>
  absl::Status ListAttachedPolicies(IamCall& iam);
  template <class Record>
  absl::Status PutBoundary(IamCall& iam);
  template <class Record>
  absl::Status DeleteBoundary(IamCall& iam);
  template <class Record>
  absl::Status Tag(IamCall& iam);
  template <class Record>
  absl::Status Untag(IamCall& iam);
  template <class Record>
  absl::Status ListTags(IamCall& iam);

  // Managed policies.
  absl::Status CreatePolicy(IamCall& iam);
  absl::Status GetPolicy(IamCall& iam);
  absl::Status GetPolicyVersion(IamCall& iam);
  absl::Status CreatePolicyVersion(IamCall& iam);
  absl::Status SetDefaultPolicyVersion(IamCall& iam);
  absl::Status DeletePolicyVersion(IamCall& iam);
  absl::Status ListPolicyVersions(IamCall& iam);
  absl::Status ListPolicies(IamCall& iam);
  absl::Status TagPolicy(IamCall& iam);
  absl::Status UntagPolicy(IamCall& iam);
  absl::Status ListPolicyTags(IamCall& iam);
  absl::Status DeletePolicy(IamCall& iam);
  absl::Status ListEntitiesForPolicy(IamCall& iam);

  // Refuses a boundary that is no managed policy of this account or AWS's.
  absl::Status CheckBoundary(const std::string& arn, const std::string& account) const;
  int64_t Now() const { return UnixMillis(clock_.Wall()); }

  IdentityStore& identities_;
  AccessKeys& keys_;
  OidcProviders& providers_;
  const std::string own_issuer_;
  const Authorizer& authorizer_;
  Clock& clock_;
  Random& random_;
};

// What tells users and roles apart where they are alike.
template <class Record>
struct IdentityWords;

template <>
struct IdentityWords<records::User> {
  static constexpr std::string_view kType = "user";
  static constexpr std::string_view kParameter = "UserName";
  static constexpr std::string_view kPolicyQuota = "PoliciesPerUser";
  static constexpr std::string_view kPolicyNoun = "user";
  static constexpr size_t kMaxInline = IamApi::kMaxUserInlineCharacters;
  static absl::Status Missing(std::string_view name) { return NoSuchUser(name); }
  static IdentityTable<records::User>& Table(IdentityStore& store) { return store.users(); }
};

template <>
struct IdentityWords<records::Role> {
  static constexpr std::string_view kType = "role";
  static constexpr std::string_view kParameter = "RoleName";
  static constexpr std::string_view kPolicyQuota = "PoliciesPerRole";
  static constexpr std::string_view kPolicyNoun = "role";
  static constexpr size_t kMaxInline = IamApi::kMaxRoleInlineCharacters;
  static absl::Status Missing(std::string_view name) { return NoSuchRole(name); }
  static IdentityTable<records::Role>& Table(IdentityStore& store) { return store.roles(); }
};

inline constexpr size_t kMaxIdentityName = 64;
inline constexpr size_t kMaxPolicyName = 128;

// The named user or role, when the caller may do this action on it.
template <class Record>
absl::StatusOr<std::shared_ptr<const Record>> FindAuthorized(IamCall& iam, IdentityStore& store,
                                                             const std::string& name,
                                                             std::map<std::string, std::string> context = {}) {
  using Words = IdentityWords<Record>;
  const std::shared_ptr<const Record> record = Words::Table(store).Find(iam.account(), name);
  const std::string arn = record == nullptr ? iam.ArnOfName(Words::kType, name) : ArnOf(*record);
  if (absl::Status allowed = iam.Authorize(arn, std::move(context)); !allowed.ok()) return allowed;
  if (record == nullptr) return Words::Missing(name);
  return record;
}

}  // namespace hearth::controller
