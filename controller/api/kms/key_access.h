// KeyAccess says whether somebody may use a customer's key: by the key's policy, the grants on it and the policies of
// whoever asks.
//
// A grant that fits the request counts as a statement of the key's policy that allows its grantee: a denial anywhere
// still wins.
//
// Errors:  PermissionDenied with AWS's text.
// Threads: any thread; memory only.
// Source:  AWS KMS Developer Guide, "Troubleshooting key access", "Grants in AWS KMS", "Condition keys for AWS KMS".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/api/kms/key_use.h"
#include "controller/api/policy_cache.h"
#include "controller/auth/authorizer.h"
#include "controller/auth/policy_document.h"
#include "controller/kms/kms_grants.h"
#include "controller/kms/kms_keys.h"

namespace hearth::controller {

class KeyAccess {
 public:
  KeyAccess(const KmsKeys& keys, const KmsGrants& grants, const Authorizer& authorizer)
      : keys_(keys), grants_(grants), authorizer_(authorizer) {}

  // Puts the key and all that opens it to the caller into `request`; its condition keys are for the caller to add.
  void Describe(const Identity& caller, const records::KmsKey& key, const KeyUse& use, AccessRequest& request) const;
  // `of_call`: what the call says besides; nullptr: Hearth asks by itself. `lambda_serves`: the role of a function that
  // was made by somebody who may use the key; that counts as a grant.
  absl::Status Check(const Identity& caller, const records::KmsKey& key, const KeyUse& use,
                     const ConditionKeys* of_call = nullptr, bool lambda_serves = false) const;
  // Whether the grant itself lets the caller end it.
  static bool MayRetire(const records::KmsGrant& grant, const Identity& caller);
  // By `document` as the key's policy, and no grants.
  absl::Status CheckUnder(const std::string& document, const Identity& caller, const records::KmsKey& key,
                          std::string_view action, const ConditionKeys* of_call = nullptr) const;

 private:
  // The key's policy and a statement for each of `grantees`, compiled. One that cannot be read denies everything.
  PolicyDocumentPtr Compile(const std::string& document, const std::vector<std::string>& grantees,
                            const std::string& action) const;

  const KmsKeys& keys_;
  const KmsGrants& grants_;
  const Authorizer& authorizer_;
  const PolicyCache policies_;
};

}  // namespace hearth::controller
