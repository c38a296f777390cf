#include "controller/kept.h"

#include <future>

#include "common/errors.h"
#include "controller/bootstrap.h"

namespace hearth::controller {
namespace {

Limits DefaultLimits(const Config& config) {
  Limits limits;
  for (const LimitKind& kind : LimitKinds()) limits.*kind.value = config.Int(kind.setting);
  return limits;
}

LogStoreOptions LogOptions(const Config& config) {
  LogStoreOptions options;
  options.directory = config.String("controller.data_directory") + "/logs";
  options.max_total_bytes = config.Int("logs.max_total_bytes");
  options.min_free_bytes = config.Int("logs.min_free_bytes");
  return options;
}

}  // namespace

absl::Status OpenKept(const Config& config, const std::string& bootstrap_credentials, Clock& clock, Random& random,
                      Kept& kept) {
  const std::string& folder = config.String("controller.data_directory");
  const int64_t min_free_bytes = config.Int("store.min_free_bytes");
  ASSIGN_OR_RETURN(kept.keyring, LocalKeyring::Open(folder + "/keyring", random));
  kept.envelope = std::make_unique<Envelope>(*kept.keyring, random);
  ASSIGN_OR_RETURN(kept.database, OpenDatabase({.directory = folder + "/db",
                                                .min_free_bytes = min_free_bytes,
                                                .ballast_bytes = config.Int("store.ballast_bytes")}));
  RETURN_IF_ERROR(CheckStorageFormat(*kept.database));
  kept.kms = std::make_unique<KmsKeys>(*kept.database, *kept.envelope, clock, random);
  ASSIGN_OR_RETURN(kept.kms_grants, KmsGrants::Open(*kept.database, clock, random));
  kept.kms->SetOnDeleted([&grants = *kept.kms_grants](const records::KmsKey& key) { grants.Forget(key); });
  kept.function_keys = std::make_unique<RoutedKeys>(*kept.keyring, *kept.kms);
  kept.function_envelope = std::make_unique<Envelope>(*kept.function_keys, random);
  kept.accounts = std::make_unique<AccountStore>(*kept.database);
  ASSIGN_OR_RETURN(kept.limits, AccountLimits::Open(*kept.database, DefaultLimits(config)));
  ASSIGN_OR_RETURN(kept.identities, IdentityStore::Open(*kept.database));
  kept.policies = std::make_unique<StoredPolicies>(*kept.identities);
  ASSIGN_OR_RETURN(SessionKeys session_keys, SessionKeys::Open(*kept.database, *kept.envelope, clock, random));
  kept.session_keys = std::make_unique<SessionKeys>(std::move(session_keys));
  ASSIGN_OR_RETURN(kept.issuer_keys, IssuerKeys::Open(*kept.database, *kept.envelope, clock));
  ASSIGN_OR_RETURN(kept.oidc_providers, OidcProviders::Open(*kept.database));
  ASSIGN_OR_RETURN(CodeStore code, CodeStore::Open(folder + "/code", min_free_bytes));
  kept.code = std::make_unique<CodeStore>(std::move(code));
  // Many groups of logs are many small files: they are read beside the functions.
  std::future<absl::StatusOr<std::unique_ptr<LogStore>>> logs =
      std::async(std::launch::async, [options = LogOptions(config), &clock] { return LogStore::Open(options, clock); });
  const CodeLimitOf code_limit = [&limits = *kept.limits](const std::string& account) {
    return limits.Of(account).code_bytes;
  };
  ASSIGN_OR_RETURN(kept.functions, FunctionStore::Open(*kept.database, kept.catalog, clock, code_limit));
  ASSIGN_OR_RETURN(kept.logs, logs.get());
  ASSIGN_OR_RETURN(kept.event_configs, EventInvokeConfigs::Open(*kept.database, *kept.functions));
  ASSIGN_OR_RETURN(kept.provisioned, ProvisionedConfigs::Open(*kept.database, *kept.functions));
  RETURN_IF_ERROR(kept.function_policies.Load(kept.functions->TakeOthersFound()));
  kept.functions->AddOnOthers([&kept](const WriteBatch& others) { kept.function_policies.Apply(others); });
  ASSIGN_OR_RETURN(kept.layers, LayerStore::Open(*kept.database, *kept.functions));
  kept.code_signing = std::make_unique<CodeSigningStore>(*kept.database);
  ASSIGN_OR_RETURN(kept.signing_profiles, SigningProfiles::Load(config.String("signing.profiles_file")));
  ASSIGN_OR_RETURN(kept.topics, Topics::Open(*kept.database, clock));
  ASSIGN_OR_RETURN(kept.signer, MessageSigner::Open(*kept.database, *kept.envelope, clock, random));
  kept.commits = std::make_unique<CommitThread>(*kept.database);
  const QueueOptions queue_options{.region = config.String("controller.region"),
                                   .max_messages = static_cast<size_t>(config.Int("queues.max_messages"))};
  ASSIGN_OR_RETURN(kept.queues, Queues::Open(queue_options, *kept.database, *kept.commits, clock, random));
  const std::string credentials_file =
      bootstrap_credentials.empty() ? folder + "/root-credentials" : bootstrap_credentials;
  kept.keys = std::make_unique<AccessKeys>(*kept.accounts, *kept.envelope, kept.credentials, clock, random);
  RETURN_IF_ERROR(kept.keys->Load());
  kept.who = std::make_unique<Accounts>(*kept.accounts, *kept.keys, kept.credentials, *kept.identities, clock, random);
  return Bootstrap(config.String("controller.account"), credentials_file, *kept.who);
}

}  // namespace hearth::controller
