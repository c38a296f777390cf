#include "controller/auth/credentials.h"

#include "absl/strings/string_view.h"
#include "common/crypto.h"

namespace hearth::controller {

Credential::~Credential() { CleanseSecret(secret_access_key); }

void Credentials::Add(Credential credential) {
  auto added = std::make_shared<const Credential>(std::move(credential));
  const std::string& id = added->identity.access_key_id;
  {
    MutexLock lock(mutex_);
    by_id_.insert_or_assign(id, added);
  }
  on_changed_(id);
}

void Credentials::Remove(std::string_view access_key_id) {
  {
    MutexLock lock(mutex_);
    if (by_id_.erase(std::string(access_key_id)) == 0) return;
  }
  on_changed_(access_key_id);
}

CredentialPtr Credentials::Find(std::string_view access_key_id) const {
  CredentialPtr found = FindAny(access_key_id);
  return found != nullptr && found->active ? found : nullptr;
}

CredentialPtr Credentials::FindAny(std::string_view access_key_id) const {
  const absl::string_view id(access_key_id.data(), access_key_id.size());
  MutexLock lock(mutex_);
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

std::vector<Credential> Credentials::ListOf(std::string_view principal_id) const {
  std::vector<Credential> found;
  MutexLock lock(mutex_);
  for (const auto& [id, credential] : by_id_) {
    if (credential->identity.principal_id == principal_id) found.push_back(*credential);
  }
  return found;
}

CredentialPtr Credentials::FindRootOf(std::string_view account) const {
  const std::string root = RootArn(account);
  MutexLock lock(mutex_);
  for (const auto& [id, credential] : by_id_) {
    if (credential->active && credential->identity.principal_arn == root) return credential;
  }
  return nullptr;
}

}  // namespace hearth::controller
