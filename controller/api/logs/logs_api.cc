#include "controller/api/logs/logs_api.h"

#include <array>

#include "common/arn.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "fmt/format.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kGroupResource = "log-group:";

}  // namespace

LogsApi::Method LogsApi::FindMethod(std::string_view operation) {
  static constexpr std::array<std::pair<std::string_view, Method>, 17> kMethods = {{
      {"CreateLogGroup", &LogsApi::CreateLogGroup},
      {"CreateLogStream", &LogsApi::CreateLogStream},
      {"DeleteLogGroup", &LogsApi::DeleteLogGroup},
      {"DeleteLogStream", &LogsApi::DeleteLogStream},
      {"DeleteRetentionPolicy", &LogsApi::DeleteRetentionPolicy},
      {"DescribeLogGroups", &LogsApi::DescribeLogGroups},
      {"DescribeLogStreams", &LogsApi::DescribeLogStreams},
      {"FilterLogEvents", &LogsApi::FilterLogEvents},
      {"GetLogEvents", &LogsApi::GetLogEvents},
      {"ListTagsForResource", &LogsApi::ListTagsForResource},
      {"ListTagsLogGroup", &LogsApi::ListTagsLogGroup},
      {"PutLogEvents", &LogsApi::PutLogEvents},
      {"PutRetentionPolicy", &LogsApi::PutRetentionPolicy},
      {"TagLogGroup", &LogsApi::TagLogGroup},
      {"TagResource", &LogsApi::TagResource},
      {"UntagLogGroup", &LogsApi::UntagLogGroup},
      {"UntagResource", &LogsApi::UntagResource},
  }};
  for (const auto& [name, method] : kMethods) {
    if (name == operation) return method;
  }
  return nullptr;
}

absl::StatusOr<Json> LogsApi::Handle(const ApiCall& call, std::string_view operation, const Json& input) {
  const Method method = FindMethod(operation);
  if (method == nullptr) {
    return AwsError("UnknownOperationException",
                    fmt::format("Operation {} of CloudWatch Logs is not supported", operation.substr(0, 100)));
  }
  absl::StatusOr<Json> output = (this->*method)({call.caller.account, LogsInput(input)});
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
