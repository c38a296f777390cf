// TagsApi answers TagResource, UntagResource and ListTags on functions, code signing configurations and event source
// mappings. Tags are no part of a function's revision.
//
// Shapes:  the resource is a whole ARN, a function's without a qualifier.
// Errors:  AWS errors; a taggable resource of another kind is absent, in that kind's own words.
// Threads: any thread; blocks on disk.
// Limits:  kMaxTags tags on a resource.
// Source:  api.md §10 "Tags"; errors.tsv "Tags".
#pragma once

#include <functional>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "common/io/json.h"
#include "controller/api/lambda/function_name.h"
#include "controller/api/operation_table.h"
#include "controller/sources/event_sources.h"
#include "controller/store/code_signing_store.h"
#include "controller/store/function_store.h"

namespace hearth::controller {

// In the order of the keys.
Json RenderTags(const std::map<std::string, std::string>& tags);

class TagsApi {
 public:
  TagsApi(std::string region, FunctionStore& functions, CodeSigningStore& configs, EventSources& mappings)
      : region_(std::move(region)), functions_(functions), configs_(configs), mappings_(mappings) {}

  void AddTo(OperationTable& table);

  absl::StatusOr<ApiReply> Tag(const ApiCall& call);
  absl::StatusOr<ApiReply> Untag(const ApiCall& call);
  absl::StatusOr<ApiReply> List(const ApiCall& call);

 private:
  using Tags = std::map<std::string, std::string>;
  enum class Kind { kFunction, kCodeSigningConfig, kMapping };
  struct Resource {
    Kind kind;
    std::string account;
    std::string name;  // or id
    std::string arn;
  };

  // Which resource the call names; not whether it exists. `validation` holds what else the call breaks.
  absl::StatusOr<Resource> ReadResource(const ApiCall& call, Validation& validation) const;
  absl::StatusOr<ApiReply> Change(const Resource& resource, const std::function<absl::Status(Tags& tags)>& change);
  absl::StatusOr<Tags> TagsOf(const Resource& resource) const;
  static absl::Status Absent(const Resource& resource);

  const std::string region_;
  FunctionStore& functions_;
  CodeSigningStore& configs_;
  EventSources& mappings_;
};

}  // namespace hearth::controller
