// LogsApi speaks the part of CloudWatch Logs that Lambda's users need: groups, streams, events, retention and tags.
//
// Shapes:  times are Unix milliseconds. Answers hold what the store has; nothing is sampled.
// Errors:  AWS's, by name and text; members that are not carried out are refused.
// Threads: any thread; blocks on disk.
// Source:  CloudWatch Logs API reference 2014-03-28; events.md F4.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "controller/api/json_rpc_service.h"
#include "controller/api/logs/logs_input.h"
#include "controller/observe/log_store.h"

namespace hearth::controller {

class LogsApi final : public JsonRpcService {
 public:
  LogsApi(LogStore& store, Clock& clock, std::string region)
      : store_(store), clock_(clock), region_(std::move(region)) {}

  std::string_view target_prefix() const override { return "Logs_20140328"; }
  std::string_view signing_name() const override { return "logs"; }
  std::optional<AccessRequest> AccessOf(const ApiCall& call, std::string_view operation,
                                        const Json& input) const override;
  absl::StatusOr<Json> Handle(const ApiCall& call, std::string_view operation, const Json& input) override;

 private:
  struct Request {
    const std::string& account;
    LogsInput input;
  };
  using Method = absl::StatusOr<Json> (LogsApi::*)(const Request&);
  // What an operation is done to, for authorisation.
  enum class Target { kEveryGroup, kGroup, kStream, kTaggedResource };
  struct Operation {
    std::string_view name;
    Method method;
    Target target;
  };
  static const Operation kOperations[];
  static const Operation* FindOperation(std::string_view name);

  // logs_groups.cc
  absl::StatusOr<Json> CreateLogGroup(const Request& request);
  absl::StatusOr<Json> DeleteLogGroup(const Request& request);
  absl::StatusOr<Json> DescribeLogGroups(const Request& request);
  absl::StatusOr<Json> PutRetentionPolicy(const Request& request);
  absl::StatusOr<Json> DeleteRetentionPolicy(const Request& request);
  absl::StatusOr<Json> TagResource(const Request& request);
  absl::StatusOr<Json> TagLogGroup(const Request& request);
  absl::StatusOr<Json> UntagResource(const Request& request);
  absl::StatusOr<Json> UntagLogGroup(const Request& request);
  absl::StatusOr<Json> ListTagsForResource(const Request& request);
  absl::StatusOr<Json> ListTagsLogGroup(const Request& request);

  // logs_streams.cc
  absl::StatusOr<Json> CreateLogStream(const Request& request);
  absl::StatusOr<Json> DeleteLogStream(const Request& request);
  absl::StatusOr<Json> DescribeLogStreams(const Request& request);

  // logs_events.cc
  absl::StatusOr<Json> GetLogEvents(const Request& request);
  absl::StatusOr<Json> FilterLogEvents(const Request& request);
  absl::StatusOr<Json> PutLogEvents(const Request& request);

  // The group of logGroupName, or of logGroupIdentifier: a name or an ARN.
  absl::StatusOr<std::shared_ptr<LogGroup>> RequestedGroup(const Request& request);
  absl::StatusOr<std::shared_ptr<LogGroup>> GroupOfArn(const Request& request, std::string_view arn);
  absl::StatusOr<std::shared_ptr<LogGroup>> TaggedGroup(const Request& request, bool by_arn);
  absl::Status AddTags(LogGroup& group, const Request& request);
  static absl::StatusOr<LogTags> RequestedTags(const Request& request);
  absl::Status RemoveTags(LogGroup& group, const Request& request, std::string_view member);
  std::string GroupArn(const std::string& account, std::string_view group) const;

  LogStore& store_;
  Clock& clock_;
  const std::string region_;
};

}  // namespace hearth::controller
