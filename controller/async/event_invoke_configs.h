// EventInvokeConfigs keeps, per qualifier, how often events are tried, how old they may get and who hears of the end.
//
// Shapes:  a qualifier is "$LATEST", the number of a version or an alias.
// Errors:  NotFound for an absent function, qualifier or configuration, and the database's.
// Threads: any thread; Find reads memory only. A change returns when it is on disk.
// Source:  api.md PutFunctionEventInvokeConfig.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "controller/store/database.h"
#include "controller/store/function_store.h"
#include "proto/records.pb.h"

namespace hearth::controller {

class EventInvokeConfigs {
 public:
  // Reads all of them, and from then on follows what FunctionStore writes: they go with their function, version or
  // alias.
  static absl::StatusOr<std::unique_ptr<EventInvokeConfigs>> Open(const Database& database, FunctionStore& functions);

  std::optional<records::EventInvokeConfig> Find(const FunctionId& id, std::string_view qualifier) const;
  // In the order of qualifiers, beginning after `after`; at most `limit`.
  std::vector<records::EventInvokeConfig> List(const FunctionId& id, std::string_view after, size_t limit) const;

  // NotFound when the function or the qualifier does not exist.
  absl::Status Put(const records::EventInvokeConfig& config);
  absl::Status Delete(const FunctionId& id, std::string_view qualifier);

  explicit EventInvokeConfigs(FunctionStore& functions) : functions_(functions) {}

 private:
  // Takes over what a step of FunctionStore wrote.
  void Apply(const WriteBatch& batch);

  FunctionStore& functions_;
  mutable Mutex mutex_;
  std::map<std::string, records::EventInvokeConfig, std::less<>> configs_ GUARDED_BY(mutex_);  // by their database key
};

}  // namespace hearth::controller
