// PolicyCache compiles resource policies once for all the requests that are judged by them.
//
// Threads: any thread; one mutex, held for a look-up.
// Limits:  kMaxKept policies; past it all are compiled anew.
#pragma once

#include <string>

#include "absl/container/flat_hash_map.h"
#include "common/mutex.h"
#include "controller/auth/policy_document.h"

namespace hearth::controller {

class PolicyCache {
 public:
  static constexpr size_t kMaxKept = 10'000;

  // nullptr for an empty text; for one that is no policy, a policy that denies everything.
  PolicyDocumentPtr Compiled(const std::string& json) const;

 private:
  mutable Mutex mutex_;
  mutable absl::flat_hash_map<std::string, PolicyDocumentPtr> policies_ GUARDED_BY(mutex_);  // by their text
};

}  // namespace hearth::controller
