#include "controller/auth/signing_keys.h"

#include <fmt/format.h>

#include "common/crypto.h"

namespace hearth::controller {
namespace {

std::string NameOf(const SigV4Scope& scope) { return fmt::format("{}/{}/{}", scope.date, scope.region, scope.service); }

}  // namespace

SigningKeys::~SigningKeys() {
  MutexLock lock(mutex_);
  ForgetAll();
}

std::string SigningKeys::Get(std::string_view access_key_id, std::string_view secret, const SigV4Scope& scope) {
  const std::string name = NameOf(scope);
  {
    MutexLock lock(mutex_);
    const auto keys = by_access_key_.find(std::string(access_key_id));
    if (keys != by_access_key_.end()) {
      if (const auto key = keys->second.find(name); key != keys->second.end()) return key->second;
    }
  }
  std::string key = SigV4SigningKey(secret, scope);
  MutexLock lock(mutex_);
  if (size_ >= kMaxKeys) ForgetAll();
  if (by_access_key_[std::string(access_key_id)].emplace(name, key).second) ++size_;
  return key;
}

void SigningKeys::Forget(std::string_view access_key_id) {
  MutexLock lock(mutex_);
  const auto found = by_access_key_.find(std::string(access_key_id));
  if (found == by_access_key_.end()) return;
  for (auto& [scope, key] : found->second) CleanseSecret(key);
  size_ -= found->second.size();
  by_access_key_.erase(found);
}

size_t SigningKeys::size() const {
  MutexLock lock(mutex_);
  return size_;
}

void SigningKeys::ForgetAll() {
  for (auto& [id, keys] : by_access_key_) {
    for (auto& [scope, key] : keys) CleanseSecret(key);
  }
  by_access_key_.clear();
  size_ = 0;
}

}  // namespace hearth::controller
