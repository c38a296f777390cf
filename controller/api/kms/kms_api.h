// KmsApi speaks the part of AWS KMS that symmetric keys need: keys and their states, encryption, data keys, aliases,
// rotation and tags.
//
// Shapes:  awsJson 1.1; blobs are base64, dates are seconds since the epoch. Keys are SYMMETRIC_DEFAULT.
// Errors:  KMS's, by name and text; members and values that are not carried out are refused.
// Threads: any thread; blocks on disk.
// Source:  AWS KMS API reference 2014-11-01; botocore's model of kms.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/random.h"
#include "controller/api/json_rpc_service.h"
#include "controller/api/kms/key_access.h"
#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/validation.h"
#include "controller/auth/authorizer.h"
#include "controller/kms/kms_keys.h"

namespace hearth::controller {

class KmsApi final : public JsonRpcService {
 public:
  // Whether a policy or grant in `account` may name the principal.
  using MayName = std::function<bool(const std::string& account, const std::string& principal)>;

  KmsApi(KmsKeys& keys, KmsGrants& grants, const KeyAccess& access, MayName may_name, Clock& clock, Random& random,
         std::string region)
      : keys_(keys),
        grants_(grants),
        access_(access),
        may_name_(std::move(may_name)),
        clock_(clock),
        random_(random),
        region_(std::move(region)) {}

  std::string_view target_prefix() const override { return "TrentService"; }
  std::string_view signing_name() const override { return "kms"; }
  std::optional<AccessRequest> AccessOf(const ApiCall& call, std::string_view operation,
                                        const Json& input) const override;
  std::unique_ptr<ConditionKeys> KeysOf(const ApiCall& call, std::string_view operation, const Json& input,
                                        const ConditionKeys& of_call) const override;
  absl::StatusOr<Json> Handle(const ApiCall& call, std::string_view operation, const Json& input) override;

 private:
  struct Request {
    const ApiCall& call;
    const Identity& caller;
    KmsScope scope;
    BodyReader input;
    Validation validation;
    bool bypass_lockout = false;  // the caller may lose its right to change the policy

    // What was wrong with the members read so far.
    absl::Status Problem() const { return input.status().ok() ? validation.Result() : input.status(); }
  };
  // What a call is about.
  struct Asked {
    KeyUse use;
    std::string reference;  // the key as the call names it; empty: none
    std::string alias;      // of an operation on an alias
    KmsScope scope;
    std::optional<records::KmsKey> key;  // nullopt: none, or none that is there
  };
  Asked AskedOf(const ApiCall& call, std::string_view operation, const Json& input) const;
  using Method = absl::StatusOr<Json> (KmsApi::*)(Request&);
  static Method FindMethod(std::string_view operation);

  // kms_key_operations.cc
  absl::StatusOr<Json> CreateKey(Request& request);
  absl::StatusOr<Json> DescribeKey(Request& request);
  absl::StatusOr<Json> ListKeys(Request& request);
  absl::StatusOr<Json> UpdateKeyDescription(Request& request);
  absl::StatusOr<Json> EnableKey(Request& request);
  absl::StatusOr<Json> DisableKey(Request& request);
  absl::StatusOr<Json> ScheduleKeyDeletion(Request& request);
  absl::StatusOr<Json> CancelKeyDeletion(Request& request);

  // kms_grant_operations.cc
  absl::StatusOr<Json> CreateGrant(Request& request);
  absl::StatusOr<Json> ListGrants(Request& request);
  absl::StatusOr<Json> ListRetirableGrants(Request& request);
  absl::StatusOr<Json> RevokeGrant(Request& request);
  absl::StatusOr<Json> RetireGrant(Request& request);
  absl::StatusOr<Json> PutKeyPolicy(Request& request);
  absl::StatusOr<Json> GetKeyPolicy(Request& request);
  absl::StatusOr<Json> ListKeyPolicies(Request& request);
  // Whether it is a policy, and one that leaves the caller the right to change it.
  absl::Status CheckPolicy(const Request& request, const std::string& document, const records::KmsKey& key);
  KmsGrantPtr GrantOfToken(std::string_view token) const;
  absl::Status CheckGrantTokens(BodyReader& input) const;

  // kms_rotation_operations.cc
  absl::StatusOr<Json> EnableKeyRotation(Request& request);
  absl::StatusOr<Json> DisableKeyRotation(Request& request);
  absl::StatusOr<Json> GetKeyRotationStatus(Request& request);
  absl::StatusOr<Json> RotateKeyOnDemand(Request& request);

  // kms_crypto_operations.cc
  absl::StatusOr<Json> Encrypt(Request& request);
  absl::StatusOr<Json> Decrypt(Request& request);
  absl::StatusOr<Json> ReEncrypt(Request& request);
  absl::StatusOr<Json> GenerateDataKey(Request& request);
  absl::StatusOr<Json> GenerateDataKeyWithoutPlaintext(Request& request);
  absl::StatusOr<Json> GenerateRandom(Request& request);
  absl::StatusOr<Json> MakeDataKey(Request& request, bool with_plaintext);
  absl::Status RefuseOtherWays(BodyReader& input, std::initializer_list<const char*> algorithm_members) const;
  absl::StatusOr<KmsKeys::Opened> Open(const KmsScope& scope, const std::string& ciphertext, const KmsContext& context,
                                       const std::optional<std::string>& key_id) const;

  // kms_alias_operations.cc
  absl::StatusOr<Json> CreateAlias(Request& request);
  absl::StatusOr<Json> UpdateAlias(Request& request);
  absl::StatusOr<Json> DeleteAlias(Request& request);
  absl::StatusOr<Json> ListAliases(Request& request);

  // kms_tag_operations.cc
  absl::StatusOr<Json> TagResource(Request& request);
  absl::StatusOr<Json> UntagResource(Request& request);
  absl::StatusOr<Json> ListResourceTags(Request& request);

  // kms_api.cc. The KeyId of the request, which names no alias where `aliases` is false.
  static absl::StatusOr<std::string> KeyIdOf(Request& request, bool aliases);
  // Changes the key the request names; the change sees no key that is pending deletion.
  absl::StatusOr<records::KmsKey> Change(Request& request, const KmsKeys::Change& change);

  // The ARN of the key a reference means, or would mean.
  std::string ArnOf(const KmsScope& scope, const std::string& reference) const;
  // Where a reference is looked up: some operations reach keys of other accounts, by their ARNs.
  KmsScope ScopeOf(const Identity& caller, std::string_view operation, const std::string& reference) const;
  // All that could be checked was: an error where the caller wanted no more.
  static absl::Status DryRun(Request& request);
  // For the second key of an operation: the first was authorised before.
  absl::Status Authorize(const Request& request, const KeyUse& use, const records::KmsKey& key) const;
  // kms:ReEncryptFrom.
  absl::Status AuthorizeSource(const Request& request, const records::KmsKey& source, const std::string& source_id,
                               const KmsContext& context, const records::KmsKey& destination) const;

  KmsKeys& keys_;
  KmsGrants& grants_;
  const KeyAccess& access_;
  const MayName may_name_;
  Clock& clock_;
  Random& random_;
  const std::string region_;
};

// kms_shapes.cc: what the operations have in common.
Json RenderKmsKey(const records::KmsKey& key);
Json KmsDate(int64_t unix_ms);
absl::Status KmsPendingDeletion(const records::KmsKey& key);
// Merges the Tags of a request into the key's (kms_tag_operations.cc).
absl::Status AddKmsTags(BodyReader& input, Validation& validation, records::KmsKey& key);
// UnsupportedOperationException for a member that says something.
absl::Status RefuseKmsMember(std::string_view member, bool given);
// A page of at most `limit`; the marker is opaque.
struct KmsPage {
  size_t limit = 0;
  std::string after;
};
absl::StatusOr<KmsPage> ReadKmsPage(BodyReader& input, Validation& validation, int64_t default_limit,
                                    int64_t max_limit);
std::string KmsMarker(std::string_view last);

}  // namespace hearth::controller
