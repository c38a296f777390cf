// FunctionPolicies holds the compiled resource policy of every function, version and alias that has one.
//
// Shapes:  a qualifier is "" or "$LATEST" (the function itself), a version's number or an alias.
// Errors:  Load: DataLoss for a policy that cannot be read.
// Threads: any thread; one mutex, held for a look-up.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "common/mutex.h"
#include "controller/auth/policy_document.h"
#include "controller/store/database.h"
#include "controller/store/key_layout.h"

namespace hearth::controller {

class FunctionPolicies {
 public:
  // The policies among these rows: FunctionStore::TakeOthersFound.
  absl::Status Load(const std::vector<KeyValue>& rows);

  // nullptr when there is none.
  PolicyDocumentPtr Find(std::string_view account, std::string_view name, std::string_view qualifier) const;
  // Takes over the policies among these rows: FunctionStore's OnOthers.
  void Apply(const WriteBatch& rows);

 private:
  void Put(const RelativeKey& key, PolicyDocumentPtr policy);

  using ByQualifier = std::map<std::string, PolicyDocumentPtr, std::less<>>;

  mutable Mutex mutex_;
  // By account and name: every invocation looks here, and joins no texts to do so.
  absl::flat_hash_map<std::string, absl::flat_hash_map<std::string, ByQualifier>> by_account_ GUARDED_BY(mutex_);
};

}  // namespace hearth::controller
