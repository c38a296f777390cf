// Log streams: creation, deletion, listing.
#include "common/errors.h"
#include "controller/api/logs/logs_api.h"
#include "controller/api/logs/logs_tokens.h"
#include "fmt/format.h"

namespace hearth::controller {
namespace {

constexpr int64_t kMaxPage = 50;

Json StreamToJson(const LogStreamInfo& stream, const std::string& group_arn) {
  Json json;
  json.Set("logStreamName", stream.name).Set("creationTime", stream.created_ms);
  if (stream.first_event_ms) {
    json.Set("firstEventTimestamp", *stream.first_event_ms).Set("lastEventTimestamp", *stream.last_event_ms);
    json.Set("lastIngestionTime", *stream.last_ingestion_ms);
  }
  json.Set("arn", fmt::format("{}:log-stream:{}", group_arn, stream.name));
  json.Set("storedBytes", 0);  // as on AWS since 2019
  return json;
}

}  // namespace

absl::StatusOr<Json> LogsApi::CreateLogStream(const Request& request) {
  RETURN_IF_ERROR(request.input.AllowOnly({"logGroupName", "logStreamName"}));
  ASSIGN_OR_RETURN(const std::string name, request.input.RequiredString("logStreamName"));
  if (!LogStore::IsStreamName(name)) {
    return LogsConstraintError(name, "logStreamName", "satisfy regular expression pattern: [^:*]*");
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<LogGroup> group, RequestedGroup(request));
  RETURN_IF_ERROR(group->CreateStream(name));
  return Json(Json::Object{});
}

absl::StatusOr<Json> LogsApi::DeleteLogStream(const Request& request) {
  RETURN_IF_ERROR(request.input.AllowOnly({"logGroupName", "logStreamName"}));
  ASSIGN_OR_RETURN(const std::string name, request.input.RequiredString("logStreamName"));
  ASSIGN_OR_RETURN(const std::shared_ptr<LogGroup> group, RequestedGroup(request));
  RETURN_IF_ERROR(group->DeleteStream(name));
  return Json(Json::Object{});
}

absl::StatusOr<Json> LogsApi::DescribeLogStreams(const Request& request) {
  RETURN_IF_ERROR(request.input.AllowOnly(
      {"logGroupName", "logGroupIdentifier", "logStreamNamePrefix", "orderBy", "descending", "nextToken", "limit"}));
  ASSIGN_OR_RETURN(const std::optional<std::string> prefix, request.input.String("logStreamNamePrefix"));
  ASSIGN_OR_RETURN(const std::optional<std::string> order, request.input.String("orderBy"));
  ASSIGN_OR_RETURN(const std::optional<bool> descending, request.input.Bool("descending"));
  ASSIGN_OR_RETURN(const std::optional<int64_t> limit, request.input.Integer("limit", 1, kMaxPage));
  ASSIGN_OR_RETURN(const std::optional<std::string> token, request.input.String("nextToken", 1, 4096));
  if (order && *order != "LogStreamName" && *order != "LastEventTime") {
    return LogsConstraintError(*order, "orderBy", "satisfy enum value set: [LogStreamName, LastEventTime]");
  }
  LogStreamQuery query{.prefix = prefix.value_or(""),
                       .descending = descending.value_or(false),
                       .limit = static_cast<size_t>(limit.value_or(kMaxPage))};
  if (order == "LastEventTime") query.order = LogStreamOrder::kLastEventTime;
  if (prefix && query.order == LogStreamOrder::kLastEventTime) {
    return InvalidLogsParameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
  }
  if (token) {
    query.after = ParseStreamToken(*token);
    if (!query.after) return InvalidLogsParameter("The specified nextToken is invalid.");
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<LogGroup> group, RequestedGroup(request));
  const LogStreamPage page = group->Streams(query);
  Json::Array streams;
  for (const LogStreamInfo& stream : page.streams) {
    streams.push_back(StreamToJson(stream, GroupArn(request.account, group->name())));
  }
  Json output;
  output.Set("logStreams", std::move(streams));
  if (page.next) output.Set("nextToken", FormatStreamToken(*page.next));
  return output;
}

}  // namespace hearth::controller
