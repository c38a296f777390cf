#include "controller/store/code_references.h"

namespace hearth::controller {

void CodeReferences::Add(std::string_view sha256_hex, int count) {
  MutexLock lock(mutex_);
  const auto it = counts_.try_emplace(std::string(sha256_hex), 0).first;
  it->second += count;
  if (it->second == 0) counts_.erase(it);
}

bool CodeReferences::InUse(std::string_view sha256_hex) const {
  MutexLock lock(mutex_);
  return counts_.contains(std::string(sha256_hex));
}

}  // namespace hearth::controller
