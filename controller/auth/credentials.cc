#include "controller/auth/credentials.h"

#include <fmt/format.h>

#include "common/crypto.h"
#include "common/errors.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kKeyIdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr size_t kKeyIdDrawn = 16;   // after "AKIA"
constexpr size_t kSecretBytes = 30;  // 40 characters of base64

SecretContext SecretKeyContext(std::string_view account, std::string_view access_key_id) {
  return {std::string(account), std::string(access_key_id), "", "secret-access-key"};
}

}  // namespace

Credentials::~Credentials() {
  MutexLock lock(mutex_);
  for (auto& [id, credential] : by_id_) CleanseSecret(credential.secret_access_key);
}

absl::Status Credentials::Load(const AccountStore& accounts, const Envelope& envelope) {
  ASSIGN_OR_RETURN(const std::vector<records::AccessKey> keys, accounts.ListAccessKeys());
  for (const records::AccessKey& key : keys) {
    if (!key.active()) continue;
    ASSIGN_OR_RETURN(std::string secret, envelope.Open(key.sealed_secret(), SecretKeyContext(key.account(), key.id())));
    Add({RootIdentity(key.account(), key.id()), std::move(secret)});
  }
  return absl::OkStatus();
}

void Credentials::Add(Credential credential) {
  MutexLock lock(mutex_);
  std::string id = credential.identity.access_key_id;
  by_id_.insert_or_assign(std::move(id), std::move(credential));
}

std::optional<Credential> Credentials::Find(std::string_view access_key_id) const {
  MutexLock lock(mutex_);
  const auto it = by_id_.find(std::string(access_key_id));
  if (it == by_id_.end()) return std::nullopt;
  return it->second;
}

std::optional<Credential> Credentials::FindRootOf(std::string_view account) const {
  MutexLock lock(mutex_);
  for (const auto& [id, credential] : by_id_) {
    if (credential.identity.principal_arn == RootArn(account)) return credential;
  }
  return std::nullopt;
}

absl::StatusOr<Credential> CreateRootKey(std::string_view account, AccountStore& accounts, const Envelope& envelope,
                                         Random& random, Clock& clock) {
  std::string id = "AKIA";
  for (size_t i = 0; i < kKeyIdDrawn; ++i) id += kKeyIdAlphabet[random.Below(kKeyIdAlphabet.size())];
  Credential credential{RootIdentity(account, id), Base64Encode(random.Bytes(kSecretBytes))};
  ASSIGN_OR_RETURN(std::string sealed, envelope.Seal(credential.secret_access_key, SecretKeyContext(account, id)));
  records::AccessKey record;
  record.set_id(id);
  record.set_account(credential.identity.account);
  record.set_principal_arn(credential.identity.principal_arn);
  record.set_sealed_secret(std::move(sealed));
  record.set_created_ms(UnixMillis(clock.Wall()));
  record.set_active(true);
  RETURN_IF_ERROR(accounts.PutAccessKey(record));
  return credential;
}

std::string SharedCredentialsFile(const Credential& credential, std::string_view profile) {
  return fmt::format("[{}]\naws_access_key_id = {}\naws_secret_access_key = {}\n", profile,
                     credential.identity.access_key_id, credential.secret_access_key);
}

}  // namespace hearth::controller
