// Events: reading one stream, searching a group, writing.
#include <algorithm>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/logs/logs_api.h"
#include "controller/api/logs/logs_tokens.h"
#include "fmt/format.h"

namespace hearth::controller {
namespace {

constexpr int64_t kMaxPage = 10000;
constexpr int64_t kMaxTimeMs = INT64_MAX;
constexpr size_t kMaxPattern = 1024;
constexpr char kInvalidToken[] = "The specified nextToken is invalid.";
constexpr char kNoSuchStream[] = "The specified log stream does not exist.";

// PutLogEvents. Source: events.md "CloudWatch Logs rules".
constexpr size_t kMaxBatchEvents = 10000;
constexpr size_t kMaxBatchBytes = 1048576;
constexpr size_t kEventOverheadBytes = 26;
constexpr int64_t kHourMs = int64_t{60} * 60 * 1000;
constexpr int64_t kDayMs = 24 * kHourMs;
constexpr int64_t kOldestMs = 14 * kDayMs;
constexpr int64_t kNewestMs = 2 * kHourMs;

// What GetLogEvents tells of where its page lies, so that following or going back misses nothing.
struct PageEdges {
  LogPosition forward;   // what comes after it is newer than the page
  LogPosition backward;  // what comes before it is older than the page
};

// Who wrote an event: "hearthSource", a member of ours that AWS's clients pass over. A function writes what it likes,
// lines that look like START, END and REPORT too; it cannot write as the platform.
std::string_view SourceName(LogSource source) {
  switch (source) {
    case LogSource::kPlatform:
      return "platform";
    case LogSource::kApi:
      return "api";
    case LogSource::kFunction:
      break;
  }
  return "function";
}

PageEdges EdgesOf(const LogEventPage& page, const LogEventQuery& query) {
  if (!page.events.empty()) return {page.events.back().position, page.events.front().position};
  if (query.after) return {*query.after, {query.after->time_ms, query.after->sequence + 1}};
  if (query.before) {
    const LogPosition before = *query.before;
    return {before.sequence > 0 ? LogPosition{before.time_ms, before.sequence - 1}
                                : LogPosition{before.time_ms - 1, UINT64_MAX},
            before};
  }
  constexpr LogPosition kBeginning{INT64_MIN, 0};
  return {kBeginning, kBeginning};
}

absl::StatusOr<std::vector<NewLogEvent>> ParseNewEvents(const LogsInput& input) {
  ASSIGN_OR_RETURN(const Json::Array* list, input.List("logEvents"));
  if (list == nullptr || list->empty() || list->size() > kMaxBatchEvents) {
    return LogsConstraintError("", "logEvents", fmt::format("have between 1 and {} elements", kMaxBatchEvents));
  }
  std::vector<NewLogEvent> events;
  size_t bytes = 0;
  for (const Json& element : *list) {
    const Json* time_ms = element.Find("timestamp");
    const Json* message = element.Find("message");
    if (!time_ms || !time_ms->is_integer() || time_ms->as_integer() < 0 || !message || !message->is_string() ||
        message->as_string().empty()) {
      return InvalidLogsParameter("Every log event needs a timestamp and a message that is not empty.");
    }
    if (!events.empty() && time_ms->as_integer() < events.back().time_ms) {
      return InvalidLogsParameter("Log events in a single PutLogEvents request must be in chronological order.");
    }
    bytes += message->as_string().size() + kEventOverheadBytes;
    events.push_back({time_ms->as_integer(), LogSource::kApi, message->as_string()});
  }
  if (bytes > kMaxBatchBytes) {
    return InvalidLogsParameter(fmt::format("Upload too large: {} bytes exceeds limit of {}", bytes, kMaxBatchBytes));
  }
  if (events.back().time_ms - events.front().time_ms > kDayMs) {
    return InvalidLogsParameter(
        "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  }
  return events;
}

// Takes out what is too old or too new; says which, by the indexes AWS gives.
Json RejectByTime(std::vector<NewLogEvent>& events, int64_t now_ms, int retention_days) {
  const auto before = [&events](int64_t limit_ms) {
    return std::partition_point(events.begin(), events.end(),
                                [limit_ms](const NewLogEvent& e) { return e.time_ms < limit_ms; });
  };
  const int64_t expired_ms = retention_days > 0 ? now_ms - retention_days * kDayMs : INT64_MIN;
  const auto first_kept = std::max(before(now_ms - kOldestMs), before(expired_ms));
  const auto first_new = before(now_ms + kNewestMs + 1);
  Json rejected;
  if (const auto old = before(now_ms - kOldestMs); old != events.begin()) {
    rejected.Set("tooOldLogEventEndIndex", static_cast<int64_t>(old - events.begin()));
  }
  if (const auto expired = before(expired_ms); expired != events.begin()) {
    rejected.Set("expiredLogEventEndIndex", static_cast<int64_t>(expired - events.begin()));
  }
  if (first_new != events.end())
    rejected.Set("tooNewLogEventStartIndex", static_cast<int64_t>(first_new - events.begin()));
  events = std::vector<NewLogEvent>(first_kept, std::max(first_kept, first_new));
  return rejected;
}

absl::StatusOr<LogEventQuery> CommonQuery(const LogsInput& input) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> start_ms, input.Integer("startTime", 0, kMaxTimeMs));
  ASSIGN_OR_RETURN(const std::optional<int64_t> end_ms, input.Integer("endTime", 0, kMaxTimeMs));
  ASSIGN_OR_RETURN(const std::optional<int64_t> limit, input.Integer("limit", 1, kMaxPage));
  ASSIGN_OR_RETURN(const std::optional<bool> unmask, input.Bool("unmask"));
  if (unmask.value_or(false)) return InvalidLogsParameter("There are no masked log events.");
  return LogEventQuery{.start_ms = start_ms.value_or(0),
                       .end_ms = end_ms.value_or(kMaxTimeMs),
                       .limit = static_cast<size_t>(limit.value_or(kMaxPage))};
}

}  // namespace

absl::StatusOr<Json> LogsApi::GetLogEvents(const Request& request) {
  RETURN_IF_ERROR(request.input.AllowOnly({"logGroupName", "logGroupIdentifier", "logStreamName", "startTime",
                                           "endTime", "nextToken", "limit", "startFromHead", "unmask"}));
  ASSIGN_OR_RETURN(const std::string stream, request.input.RequiredString("logStreamName"));
  ASSIGN_OR_RETURN(LogEventQuery query, CommonQuery(request.input));
  ASSIGN_OR_RETURN(const std::optional<bool> from_head, request.input.Bool("startFromHead"));
  ASSIGN_OR_RETURN(const std::optional<std::string> text, request.input.String("nextToken", 1, 4096));
  if (query.end_ms != kMaxTimeMs) --query.end_ms;  // exclusive here, unlike FilterLogEvents
  query.streams = {stream};
  query.newest = !from_head.value_or(false);
  if (text) {
    const std::optional<EventToken> token = ParseEventToken(*text);
    if (!token) return InvalidLogsParameter(kInvalidToken);
    query.newest = token->direction == TokenDirection::kBackward;
    (query.newest ? query.before : query.after) = token->position;
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<LogGroup> group, RequestedGroup(request));
  if (!group->HasStream(stream)) return AwsError("ResourceNotFoundException", kNoSuchStream);
  ASSIGN_OR_RETURN(LogEventPage page, group->Events(query));
  const PageEdges edges = EdgesOf(page, query);
  Json::Array events;
  for (LogEvent& event : page.events) {
    Json one;
    one.Set("timestamp", event.position.time_ms)
        .Set("message", std::move(event.message))
        .Set("ingestionTime", event.ingestion_ms)
        .Set("hearthSource", SourceName(event.source));
    events.push_back(std::move(one));
  }
  Json output;
  output.Set("events", std::move(events));
  output.Set("nextForwardToken", FormatEventToken({TokenDirection::kForward, edges.forward}));
  output.Set("nextBackwardToken", FormatEventToken({TokenDirection::kBackward, edges.backward}));
  return output;
}

absl::StatusOr<Json> LogsApi::FilterLogEvents(const Request& request) {
  RETURN_IF_ERROR(request.input.AllowOnly({"logGroupName", "logGroupIdentifier", "logStreamNames",
                                           "logStreamNamePrefix", "startTime", "endTime", "filterPattern", "nextToken",
                                           "limit", "interleaved", "unmask"}));
  ASSIGN_OR_RETURN(LogEventQuery query, CommonQuery(request.input));
  ASSIGN_OR_RETURN(query.streams, request.input.Strings("logStreamNames", 100));
  ASSIGN_OR_RETURN(const std::optional<std::string> prefix, request.input.String("logStreamNamePrefix"));
  ASSIGN_OR_RETURN(const std::optional<std::string> pattern, request.input.String("filterPattern", 0, kMaxPattern));
  ASSIGN_OR_RETURN(const std::optional<std::string> text, request.input.String("nextToken", 1, 4096));
  // Accepted and without effect, as on AWS since 2019: events of all streams are always interleaved.
  RETURN_IF_ERROR(request.input.Bool("interleaved").status());
  if (prefix && query.streams) {
    return InvalidLogsParameter("If logStreamNames is specified, logStreamNamePrefix cannot be specified.");
  }
  query.stream_prefix = prefix.value_or("");
  ASSIGN_OR_RETURN(query.pattern, LogFilterPattern::Parse(pattern.value_or("")));
  if (text) {
    const std::optional<EventToken> token = ParseEventToken(*text);
    if (!token || token->direction != TokenDirection::kForward) return InvalidLogsParameter(kInvalidToken);
    query.after = token->position;
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<LogGroup> group, RequestedGroup(request));
  for (const std::string& stream : query.streams.value_or(std::vector<std::string>())) {
    if (!group->HasStream(stream)) return AwsError("ResourceNotFoundException", kNoSuchStream);
  }
  ASSIGN_OR_RETURN(LogEventPage page, group->Events(query));
  Json output;
  if (page.more && !page.events.empty()) {
    output.Set("nextToken", FormatEventToken({TokenDirection::kForward, page.events.back().position}));
  }
  Json::Array events;
  for (LogEvent& event : page.events) {
    Json one;
    one.Set("logStreamName", std::move(event.stream)).Set("timestamp", event.position.time_ms);
    one.Set("message", std::move(event.message)).Set("ingestionTime", event.ingestion_ms);
    one.Set("eventId", FormatEventId(event.position)).Set("hearthSource", SourceName(event.source));
    events.push_back(std::move(one));
  }
  output.Set("events", std::move(events));
  output.Set("searchedLogStreams", Json::Array());
  return output;
}

absl::StatusOr<Json> LogsApi::PutLogEvents(const Request& request) {
  // The sequence token has no effect, as on AWS since 2023.
  RETURN_IF_ERROR(request.input.AllowOnly({"logGroupName", "logStreamName", "logEvents", "sequenceToken"}));
  ASSIGN_OR_RETURN(const std::string stream, request.input.RequiredString("logStreamName"));
  RETURN_IF_ERROR(request.input.String("sequenceToken").status());
  ASSIGN_OR_RETURN(std::vector<NewLogEvent> events, ParseNewEvents(request.input));
  ASSIGN_OR_RETURN(const std::shared_ptr<LogGroup> group, RequestedGroup(request));
  const LogGroupInfo info = group->Info();
  Json rejected = RejectByTime(events, UnixMillis(clock_.Wall()), info.retention_days);
  RETURN_IF_ERROR(store_.Put(request.account, info.name, stream, events));
  Json output;
  output.Set("nextSequenceToken", fmt::format("{:056}", UnixMillis(clock_.Wall())));
  if (!rejected.is_null()) output.Set("rejectedLogEventsInfo", std::move(rejected));
  return output;
}

}  // namespace hearth::controller
