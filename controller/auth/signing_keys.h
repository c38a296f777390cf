// SigningKeys keeps the keys that requests of one access key, day, region and service are signed with: deriving one
// costs more than checking a signature.
//
// Errors:  none.
// Threads: any thread; one mutex, held for a look-up.
// Limits:  kMaxKeys; when there are more, all are forgotten. What is forgotten is overwritten.
// Source:  identity.md 3.1.
#pragma once

#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "common/mutex.h"
#include "common/sigv4.h"

namespace hearth::controller {

class SigningKeys {
 public:
  static constexpr size_t kMaxKeys = 4096;

  SigningKeys() = default;
  ~SigningKeys();
  SigningKeys(const SigningKeys&) = delete;
  SigningKeys& operator=(const SigningKeys&) = delete;

  // The key of `secret` for `scope`; one access key id has one secret until it is forgotten.
  std::string Get(std::string_view access_key_id, std::string_view secret, const SigV4Scope& scope);
  // The access key was switched off, deleted or replaced.
  void Forget(std::string_view access_key_id);
  size_t size() const;

 private:
  void ForgetAll() REQUIRES(mutex_);

  using ByScope = absl::flat_hash_map<std::string, std::string>;

  mutable Mutex mutex_;
  size_t size_ GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, ByScope> by_access_key_ GUARDED_BY(mutex_);
};

}  // namespace hearth::controller
