#include "controller/auth/credentials.h"

#include "common/crypto.h"

namespace hearth::controller {

Credentials::~Credentials() {
  MutexLock lock(mutex_);
  for (auto& [id, credential] : by_id_) CleanseSecret(credential.secret_access_key);
}

void Credentials::Add(Credential credential) {
  const std::string id = credential.identity.access_key_id;
  {
    MutexLock lock(mutex_);
    by_id_.insert_or_assign(id, std::move(credential));
  }
  on_changed_(id);
}

void Credentials::Remove(std::string_view access_key_id) {
  {
    MutexLock lock(mutex_);
    const auto found = by_id_.find(std::string(access_key_id));
    if (found == by_id_.end()) return;
    CleanseSecret(found->second.secret_access_key);
    by_id_.erase(found);
  }
  on_changed_(access_key_id);
}

std::optional<Credential> Credentials::Find(std::string_view access_key_id) const {
  std::optional<Credential> found = FindAny(access_key_id);
  return found && found->active ? std::move(found) : std::nullopt;
}

std::optional<Credential> Credentials::FindAny(std::string_view access_key_id) const {
  MutexLock lock(mutex_);
  const auto it = by_id_.find(std::string(access_key_id));
  if (it == by_id_.end()) return std::nullopt;
  return it->second;
}

std::vector<Credential> Credentials::ListOf(std::string_view principal_id) const {
  std::vector<Credential> found;
  MutexLock lock(mutex_);
  for (const auto& [id, credential] : by_id_) {
    if (credential.identity.principal_id == principal_id) found.push_back(credential);
  }
  return found;
}

std::optional<Credential> Credentials::FindRootOf(std::string_view account) const {
  MutexLock lock(mutex_);
  for (const auto& [id, credential] : by_id_) {
    if (credential.active && credential.identity.principal_arn == RootArn(account)) return credential;
  }
  return std::nullopt;
}

}  // namespace hearth::controller
