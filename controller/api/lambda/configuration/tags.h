// TagsApi answers TagResource, UntagResource and ListTags on functions. Tags are no part of a function's revision.
//
// Shapes:  the resource is a whole ARN; only functions exist as taggable resources, by their unqualified ARN.
// Errors:  AWS errors; a taggable resource of another kind is absent, in that kind's own words.
// Threads: any thread; blocks on disk.
// Limits:  kMaxTags tags on a function.
// Source:  api.md §10 "Tags"; errors.tsv "Tags".
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/io/json.h"
#include "controller/api/lambda/function_name.h"
#include "controller/api/operation_table.h"
#include "controller/store/function_store.h"

namespace hearth::controller {

// In the order of the keys.
Json RenderTags(const records::Function& function);

class TagsApi {
 public:
  TagsApi(std::string region, FunctionStore& functions) : region_(std::move(region)), functions_(functions) {}

  void AddTo(OperationTable& table);

  absl::StatusOr<ApiReply> Tag(const ApiCall& call);
  absl::StatusOr<ApiReply> Untag(const ApiCall& call);
  absl::StatusOr<ApiReply> List(const ApiCall& call);

 private:
  // Which function the call's Resource is; not whether it exists. `validation` holds what else the call breaks.
  absl::StatusOr<FunctionId> ReadResource(const ApiCall& call, Validation& validation) const;
  absl::StatusOr<ApiReply> Change(const FunctionId& id, const FunctionStore::Change& change);
  absl::Status Absent(const FunctionId& id) const;

  const std::string region_;
  FunctionStore& functions_;
};

}  // namespace hearth::controller
