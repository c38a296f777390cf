#include "controller/auth/access_keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/crypto.h"
#include "common/errors.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kIdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr size_t kKeyIdDrawn = 16;   // after "AKIA"
constexpr size_t kSecretBytes = 30;  // 40 characters of base64

SecretContext ContextOf(const records::AccessKey& key) { return {key.account(), key.id(), "", "secret-access-key"}; }

Identity OwnerOf(const records::AccessKey& key) {
  Identity owner = RootIdentity(key.account(), key.id());
  if (key.user_name().empty()) return owner;
  owner.kind = Identity::Kind::kUser;
  owner.principal_arn = key.principal_arn();
  owner.principal_id = key.user_id();
  return owner;
}

records::AccessKey RecordOf(const Credential& credential) {
  const Identity& owner = credential.identity;
  records::AccessKey record;
  record.set_id(owner.access_key_id);
  record.set_account(owner.account);
  record.set_principal_arn(owner.principal_arn);
  record.set_created_ms(credential.created_ms);
  record.set_active(credential.active);
  if (owner.kind == Identity::Kind::kUser) {
    record.set_user_name(owner.principal_arn.substr(owner.principal_arn.rfind('/') + 1));
    record.set_user_id(owner.principal_id);
  }
  return record;
}

absl::Status NoSuchKey(std::string_view id) {
  return absl::NotFoundError(fmt::format("there is no access key {}", id));
}

}  // namespace

absl::Status AccessKeys::Load() {
  ASSIGN_OR_RETURN(const std::vector<records::AccessKey> keys, store_.ListAccessKeys());
  for (const records::AccessKey& key : keys) {
    ASSIGN_OR_RETURN(std::string secret, envelope_.Open(key.sealed_secret(), ContextOf(key)));
    credentials_.Add({OwnerOf(key), std::move(secret), key.active(), key.created_ms()});
  }
  return absl::OkStatus();
}

absl::StatusOr<Credential> AccessKeys::Create(Identity owner) {
  owner.access_key_id = DrawIdentityId("AKIA", kKeyIdDrawn, random_);
  Credential credential{std::move(owner), Base64Encode(random_.Bytes(kSecretBytes)), true, UnixMillis(clock_.Wall())};
  records::AccessKey record = RecordOf(credential);
  ASSIGN_OR_RETURN(std::string sealed, envelope_.Seal(credential.secret_access_key, ContextOf(record)));
  record.set_sealed_secret(std::move(sealed));
  RETURN_IF_ERROR(store_.PutAccessKey(record));
  credentials_.Add(credential);
  return credential;
}

std::vector<Credential> AccessKeys::ListOf(std::string_view principal_id) const {
  std::vector<Credential> keys = credentials_.ListOf(principal_id);
  std::sort(keys.begin(), keys.end(), [](const Credential& a, const Credential& b) {
    return std::tie(a.created_ms, a.identity.access_key_id) < std::tie(b.created_ms, b.identity.access_key_id);
  });
  return keys;
}

absl::Status AccessKeys::SetActive(std::string_view access_key_id, bool active) {
  const CredentialPtr standing = Find(access_key_id);
  if (standing == nullptr) return NoSuchKey(access_key_id);
  Credential key = *standing;
  key.active = active;
  records::AccessKey record = RecordOf(key);
  ASSIGN_OR_RETURN(std::string sealed, envelope_.Seal(key.secret_access_key, ContextOf(record)));
  record.set_sealed_secret(std::move(sealed));
  RETURN_IF_ERROR(store_.PutAccessKey(record));
  credentials_.Add(std::move(key));
  return absl::OkStatus();
}

absl::Status AccessKeys::Delete(std::string_view access_key_id) {
  if (!Find(access_key_id)) return NoSuchKey(access_key_id);
  RETURN_IF_ERROR(store_.DeleteAccessKey(access_key_id));
  credentials_.Remove(access_key_id);
  return absl::OkStatus();
}

absl::StatusOr<int> AccessKeys::Reseal() {
  int changed = 0;
  ASSIGN_OR_RETURN(const std::vector<records::AccessKey> keys, store_.ListAccessKeys());
  for (const records::AccessKey& seen : keys) {
    if (!envelope_.NeedsReseal(seen.sealed_secret())) continue;
    const absl::Status resealed = store_.UpdateAccessKey(seen.id(), [&](records::AccessKey& key) -> absl::Status {
      ASSIGN_OR_RETURN(std::optional<std::string> sealed, envelope_.Reseal(key.sealed_secret(), ContextOf(key)));
      if (sealed) key.set_sealed_secret(*std::move(sealed));
      return absl::OkStatus();
    });
    if (!resealed.ok() && !absl::IsNotFound(resealed)) return resealed;
    ++changed;
  }
  return changed;
}

std::string DrawIdentityId(std::string_view prefix, size_t drawn, Random& random) {
  std::string id(prefix);
  for (size_t i = 0; i < drawn; ++i) id += kIdAlphabet[random.Below(kIdAlphabet.size())];
  return id;
}

std::string SharedCredentialsFile(const Credential& credential, std::string_view profile) {
  return fmt::format("[{}]\naws_access_key_id = {}\naws_secret_access_key = {}\n", profile,
                     credential.identity.access_key_id, credential.secret_access_key);
}

}  // namespace hearth::controller
