#include "controller/api/logs/logs_api.h"

#include <algorithm>
#include <iterator>

#include "common/arn.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "fmt/format.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kGroupResource = "log-group:";

}  // namespace

// clang-format off
const LogsApi::Operation LogsApi::kOperations[] = {
    {"CreateLogGroup", &LogsApi::CreateLogGroup, Target::kGroup},
    {"CreateLogStream", &LogsApi::CreateLogStream, Target::kStream},
    {"DeleteLogGroup", &LogsApi::DeleteLogGroup, Target::kGroup},
    {"DeleteLogStream", &LogsApi::DeleteLogStream, Target::kStream},
    {"DeleteRetentionPolicy", &LogsApi::DeleteRetentionPolicy, Target::kGroup},
    {"DescribeLogGroups", &LogsApi::DescribeLogGroups, Target::kEveryGroup},
    {"DescribeLogStreams", &LogsApi::DescribeLogStreams, Target::kGroup},
    {"FilterLogEvents", &LogsApi::FilterLogEvents, Target::kGroup},
    {"GetLogEvents", &LogsApi::GetLogEvents, Target::kStream},
    {"ListTagsForResource", &LogsApi::ListTagsForResource, Target::kTaggedResource},
    {"ListTagsLogGroup", &LogsApi::ListTagsLogGroup, Target::kGroup},
    {"PutLogEvents", &LogsApi::PutLogEvents, Target::kStream},
    {"PutRetentionPolicy", &LogsApi::PutRetentionPolicy, Target::kGroup},
    {"TagLogGroup", &LogsApi::TagLogGroup, Target::kGroup},
    {"TagResource", &LogsApi::TagResource, Target::kTaggedResource},
    {"UntagLogGroup", &LogsApi::UntagLogGroup, Target::kGroup},
    {"UntagResource", &LogsApi::UntagResource, Target::kTaggedResource},
};
// clang-format on

const LogsApi::Operation* LogsApi::FindOperation(std::string_view name) {
  const auto* const found = std::find_if(std::begin(kOperations), std::end(kOperations),
                                         [&](const Operation& operation) { return operation.name == name; });
  return found == std::end(kOperations) ? nullptr : found;
}

// As the ARNs of CloudWatch Logs are matched: an action on a group is one on all its streams, "…:NAME:log-stream:", so
// that a policy for "…:NAME:*" covers it.
std::optional<AccessRequest> LogsApi::AccessOf(const ApiCall& call, std::string_view operation,
                                               const Json& input) const {
  const Operation* found = FindOperation(operation);
  if (found == nullptr) return std::nullopt;
  const auto text = [&](std::string_view member) {
    const Json* value = input.Find(member);
    return value != nullptr && value->is_string() ? std::string_view(value->as_string()) : std::string_view();
  };
  AccessRequest request{.action = fmt::format("logs:{}", operation), .resource = ""};
  if (found->target == Target::kTaggedResource) {
    request.resource = text("resourceArn");
    return request;
  }
  std::string_view group = text("logGroupIdentifier");
  if (group.empty()) group = text("logGroupName");
  if (found->target == Target::kEveryGroup) group = "";
  if (group.ends_with(":*")) group.remove_suffix(2);
  request.resource = fmt::format("{}:log-stream:{}",
                                 group.starts_with("arn:") ? std::string(group) : GroupArn(call.caller.account, group),
                                 found->target == Target::kStream ? text("logStreamName") : "");
  return request;
}

absl::StatusOr<Json> LogsApi::Handle(const ApiCall& call, std::string_view operation, const Json& input) {
  const Operation* found = FindOperation(operation);
  if (found == nullptr) {
    return AwsError("UnknownOperationException",
                    fmt::format("Operation {} of CloudWatch Logs is not supported", operation.substr(0, 100)));
  }
  absl::StatusOr<Json> output = (this->*found->method)({call.caller.account, LogsInput(input)});
  if (!output.ok()) return ToLogsError(output.status());
  return output;
}

std::string LogsApi::GroupArn(const std::string& account, std::string_view group) const {
  return fmt::format("arn:aws:logs:{}:{}:{}{}", region_, account, kGroupResource, group);
}

absl::StatusOr<std::shared_ptr<LogGroup>> LogsApi::GroupOfArn(const Request& request, std::string_view text) {
  const std::optional<Arn> arn = Arn::Parse(text);
  if (!arn || arn->service != "logs" || !arn->resource.starts_with(kGroupResource)) {
    return InvalidLogsParameter(fmt::format("'{}' is not the ARN of a log group", text.substr(0, 600)));
  }
  std::string_view name = std::string_view(arn->resource).substr(kGroupResource.size());
  if (name.ends_with(":*")) name.remove_suffix(2);
  if (arn->account != request.account || arn->region != region_) {
    return AwsError("ResourceNotFoundException", "The specified log group does not exist.");
  }
  return store_.FindGroup(request.account, name);
}

absl::StatusOr<std::shared_ptr<LogGroup>> LogsApi::RequestedGroup(const Request& request) {
  ASSIGN_OR_RETURN(const std::optional<std::string> identifier, request.input.String("logGroupIdentifier", 1, 2048));
  if (!identifier) {
    ASSIGN_OR_RETURN(const std::string name, request.input.RequiredString("logGroupName"));
    return store_.FindGroup(request.account, name);
  }
  ASSIGN_OR_RETURN(const std::optional<std::string> name, request.input.String("logGroupName"));
  if (name) return InvalidLogsParameter("LogGroupIdentifier and LogGroupName cannot both be specified.");
  if (identifier->starts_with("arn:")) return GroupOfArn(request, *identifier);
  return store_.FindGroup(request.account, *identifier);
}

}  // namespace hearth::controller
