// StoredPolicies finds the policies of callers in the identity store, compiled once and kept while nothing changes.
//
// Errors:  a document that cannot be read, though it was checked when it was written, denies everything.
// Threads: any thread; one mutex, held for look-ups. Compiling happens without it.
// Limits:  kMaxKept callers and as many session policies.
#pragma once

#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "common/mutex.h"
#include "controller/auth/identity_policies.h"
#include "controller/store/identity_store.h"

namespace hearth::controller {

class StoredPolicies final : public IdentityPolicies {
 public:
  static constexpr size_t kMaxKept = 4096;

  explicit StoredPolicies(const IdentityStore& store);

  PoliciesOfIdentity Of(const Identity& identity) const override;

 private:
  struct Kept {
    uint64_t generation = 0;
    PoliciesOfIdentity policies;
  };

  PoliciesOfIdentity OfPrincipal(const Identity& identity, std::string_view id) const;
  PoliciesOfIdentity Compile(const Identity& identity, std::string_view id) const;
  template <class Record>
  PoliciesOfIdentity CompileOf(const Record& record) const;
  PolicyDocumentPtr Read(std::string_view document) const;
  // nullptr when there is no such managed policy.
  PolicyDocumentPtr ReadManaged(std::string_view arn) const;
  PolicyDocumentPtr SessionPolicy(const std::string& document) const;

  const IdentityStore& store_;
  const PolicyDocumentPtr deny_all_;
  mutable Mutex mutex_;
  mutable absl::flat_hash_map<std::string, Kept> by_principal_ GUARDED_BY(mutex_);
  mutable absl::flat_hash_map<std::string, PolicyDocumentPtr> by_session_policy_ GUARDED_BY(mutex_);
};

// The document of a managed policy's default version, AWS's or an account's own. Empty when there is none.
std::string ManagedPolicyDocument(const IdentityStore& store, std::string_view arn);

}  // namespace hearth::controller
