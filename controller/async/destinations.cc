#include "controller/async/destinations.h"

#include <fmt/format.h>

#include "common/arn.h"
#include "common/io/json.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kResourcePrefix = "function:";

std::string AsJson(const std::string& payload) { return CheckJson(payload).ok() ? payload : Json(payload).Dump(); }

std::string QualifiedArn(const records::QueuedEvent& event, std::string_view region) {
  return fmt::format("arn:aws:lambda:{}:{}:function:{}:{}", region, event.account(), event.function_name(),
                     event.qualifier().empty() ? "$LATEST" : event.qualifier());
}

Json ResponseContext(const EventEnd& end) {
  Json context(Json::Object{{"statusCode", 200}, {"executedVersion", end.last->executed_version()}});
  if (end.fate != EventFate::kSucceeded) context.Set("functionError", "Unhandled");
  return context;
}

}  // namespace

std::string RenderDestinationRecord(const records::QueuedEvent& event, std::string_view region, const EventEnd& end,
                                    WallTime now) {
  const Json context(Json::Object{{"requestId", event.request_id()},
                                  {"functionArn", QualifiedArn(event, region)},
                                  {"condition", ConditionName(end.fate)},
                                  {"approximateInvokeCount", end.attempts}});
  std::string record = fmt::format(R"({{"version":"1.0","timestamp":{},"requestContext":{},"requestPayload":{})",
                                   Json(FormatIsoMillis(now)).Dump(), context.Dump(), AsJson(event.payload()));
  if (end.last) {
    record += fmt::format(R"(,"responseContext":{},"responsePayload":{})", ResponseContext(end).Dump(),
                          AsJson(end.last->payload()));
  }
  return record + "}";
}

std::optional<InvokeTarget> FunctionOfArn(std::string_view text, std::string_view region) {
  const std::optional<Arn> arn = Arn::Parse(text);
  if (!arn || arn->service != "lambda" || arn->region != region) return std::nullopt;
  std::string_view name = arn->resource;
  if (!name.starts_with(kResourcePrefix)) return std::nullopt;
  name.remove_prefix(kResourcePrefix.size());
  const size_t colon = name.find(':');
  InvokeTarget target;
  target.account = arn->account;
  target.function_name = name.substr(0, colon);
  if (colon != std::string_view::npos) target.qualifier = name.substr(colon + 1);
  if (target.account.empty() || target.function_name.empty()) return std::nullopt;
  return target;
}

}  // namespace hearth::controller
