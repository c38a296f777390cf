#include "cli/log_reader.h"

#include <algorithm>

#include "common/errors.h"
#include "common/sigv4.h"
#include "fmt/format.h"

namespace hearth::cli {
namespace {

constexpr char kTarget[] = "Logs_20140328.FilterLogEvents";

std::string HostOf(const std::string& url) {
  const size_t scheme = url.find("://");
  const std::string rest = scheme == std::string::npos ? url : url.substr(scheme + 3);
  return rest.substr(0, rest.find('/'));
}

std::string TextOf(const Json& json, std::string_view member) {
  const Json* found = json.Find(member);
  return found != nullptr && found->is_string() ? found->as_string() : std::string();
}

absl::Status ServiceError(const HttpResponse& response) {
  const absl::StatusOr<Json> body = Json::Parse(response.body);
  const std::string shape = body.ok() ? TextOf(*body, "__type") : std::string();
  const std::string text = body.ok() ? TextOf(*body, "message") : std::string();
  const std::string message = fmt::format("the service answered {} {}: {}", response.status, shape, text);
  if (shape == "ResourceNotFoundException") return absl::NotFoundError(message);
  if (response.status == 403) return absl::PermissionDeniedError(message);
  return absl::InternalError(message);
}

}  // namespace

absl::StatusOr<Json> LogReader::Ask(const Json& input) {
  HttpRequest request;
  request.method = "POST";
  request.target = "/";
  request.body = input.Dump();
  request.headers.Add("Host", HostOf(profile_.endpoint_url));
  request.headers.Add("Content-Type", "application/x-amz-json-1.1");
  request.headers.Add("X-Amz-Target", kTarget);
  const std::string amz_date = FormatAmzDate(clock_.Wall());
  SignSigV4(request, profile_.credentials, {amz_date.substr(0, 8), profile_.region, "logs"}, amz_date);
  std::string url = profile_.endpoint_url;
  while (url.ends_with('/')) url.pop_back();
  ASSIGN_OR_RETURN(
      const HttpResponse response,
      client_.Send({.method = request.method, .url = url + "/", .headers = request.headers, .body = request.body}));
  if (response.status != 200) return ServiceError(response);
  return Json::Parse(response.body);
}

absl::StatusOr<std::vector<LogLine>> LogReader::Next() {
  std::vector<LogLine> lines;
  do {
    Json input;
    input.Set("logGroupName", group_).Set("startTime", start_ms_);
    if (!token_.empty()) input.Set("nextToken", token_);
    ASSIGN_OR_RETURN(const Json output, Ask(input));
    token_ = TextOf(output, "nextToken");
    const Json* events = output.Find("events");
    if (events == nullptr || !events->is_array()) return absl::InternalError("the service's answer has no events");
    for (const Json& event : events->as_array()) {
      const Json* time_ms = event.Find("timestamp");
      const int64_t at_ms = time_ms != nullptr && time_ms->is_integer() ? time_ms->as_integer() : 0;
      if (!given_.emplace(TextOf(event, "eventId"), at_ms).second) continue;
      lines.push_back({at_ms, TextOf(event, "logStreamName"), TextOf(event, "message"),
                       TextOf(event, "hearthSource") == "platform"});
    }
  } while (lines.empty() && !token_.empty());
  if (token_.empty()) ForgetOld();
  return lines;
}

// The next question begins a little before the newest event: another worker's logs may still be on their way.
void LogReader::ForgetOld() {
  int64_t newest_ms = start_ms_;
  for (const auto& [id, time_ms] : given_) newest_ms = std::max(newest_ms, time_ms);
  start_ms_ = std::max(start_ms_, newest_ms - std::chrono::milliseconds(kOverlap).count());
  std::erase_if(given_, [this](const auto& entry) { return entry.second < start_ms_; });
}

}  // namespace hearth::cli
