// Kept is everything the controller has on disk, opened and checked before anything is served.
//
// Errors:  the first of its parts that cannot be opened, in its own words.
// Threads: the main thread; what is in it says for itself who may use it.
#pragma once

#include <memory>
#include <string>

#include "common/config.h"
#include "controller/artifacts/code_store.h"
#include "controller/artifacts/signing_profiles.h"
#include "controller/async/event_invoke_configs.h"
#include "controller/auth/accounts.h"
#include "controller/auth/function_policies.h"
#include "controller/auth/oidc/issuer_keys.h"
#include "controller/auth/oidc/oidc_providers.h"
#include "controller/auth/session_keys.h"
#include "controller/auth/stored_policies.h"
#include "controller/kms/kms_grants.h"
#include "controller/kms/kms_keys.h"
#include "controller/kms/routed_keys.h"
#include "controller/limits/account_limits.h"
#include "controller/observe/log_store.h"
#include "controller/provisioned/provisioned_configs.h"
#include "controller/queues/queues.h"
#include "controller/secrets/local_keyring.h"
#include "controller/store/code_signing_store.h"
#include "controller/store/commit_thread.h"
#include "controller/store/function_store.h"
#include "controller/store/identity_store.h"
#include "controller/store/layer_store.h"
#include "controller/topics/message_signer.h"
#include "controller/topics/topics.h"

namespace hearth::controller {

struct Kept {
  std::unique_ptr<LocalKeyring> keyring;
  std::unique_ptr<Envelope> envelope;
  std::unique_ptr<Database> database;
  std::unique_ptr<KmsKeys> kms;
  std::unique_ptr<KmsGrants> kms_grants;
  std::unique_ptr<RoutedKeys> function_keys;
  std::unique_ptr<Envelope> function_envelope;  // opens what customers' keys seal, too
  std::unique_ptr<AccountStore> accounts;
  std::unique_ptr<AccountLimits> limits;
  std::unique_ptr<IdentityStore> identities;
  std::unique_ptr<StoredPolicies> policies;
  std::unique_ptr<SessionKeys> session_keys;
  std::unique_ptr<IssuerKeys> issuer_keys;
  std::unique_ptr<OidcProviders> oidc_providers;
  std::unique_ptr<CodeStore> code;
  std::unique_ptr<LogStore> logs;
  Catalog catalog;
  std::unique_ptr<FunctionStore> functions;
  std::unique_ptr<EventInvokeConfigs> event_configs;
  std::unique_ptr<ProvisionedConfigs> provisioned;
  FunctionPolicies function_policies;
  std::unique_ptr<LayerStore> layers;
  std::unique_ptr<CodeSigningStore> code_signing;
  SigningProfiles signing_profiles;
  Credentials credentials;
  std::unique_ptr<AccessKeys> keys;
  std::unique_ptr<Accounts> who;
  std::unique_ptr<Topics> topics;
  std::unique_ptr<MessageSigner> signer;
  std::unique_ptr<CommitThread> commits;
  std::unique_ptr<Queues> queues;  // after what writes for it
};

// `bootstrap_credentials`: where the root access key of the first start is written; empty: in the data folder.
absl::Status OpenKept(const Config& config, const std::string& bootstrap_credentials, Clock& clock, Random& random,
                      Kept& kept);

}  // namespace hearth::controller
