// EventInvokeConfigs keeps, per qualifier, how often events are tried, how old they may get and who hears of the end.
//
// Shapes:  a qualifier is "$LATEST", the number of a version or an alias.
// Errors:  NotFound for an absent function, qualifier or configuration, and the database's.
// Threads: any thread; Find reads memory only. A change returns when it is on disk.
// Source:  api.md PutFunctionEventInvokeConfig.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "controller/store/database.h"
#include "controller/store/followed_rows.h"
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

  using Rows = FollowedRows<records::EventInvokeConfig>;
  EventInvokeConfigs(FunctionStore& functions, std::unique_ptr<Rows> rows)
      : functions_(functions), rows_(std::move(rows)) {}

 private:
  FunctionStore& functions_;
  const std::unique_ptr<Rows> rows_;
};

}  // namespace hearth::controller
