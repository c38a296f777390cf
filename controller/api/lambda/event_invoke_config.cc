#include "controller/api/lambda/event_invoke_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/arn.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/paging.h"
#include "controller/api/lambda/patterns.h"
#include "controller/api/lambda/validation.h"
#include "controller/async/destinations.h"
#include "controller/queues/queue_types.h"
#include "controller/topics/topic_types.h"

namespace hearth::controller {
namespace {

constexpr char kLatest[] = "$LATEST";
constexpr char kMarkerKind[] = "event-invoke";

absl::Status Invalid(std::string_view message) { return AwsError("InvalidParameterValueException", message); }

absl::Status NoFunction() { return AwsError("ResourceNotFoundException", "The function doesn't exist."); }

absl::StatusOr<FunctionTarget> ReadTarget(const ApiCall& call, const FunctionScope& scope) {
  ASSIGN_OR_RETURN(FunctionTarget target,
                   ReadFunctionTarget(call.Label("FunctionName"), call.Query("Qualifier"), scope));
  if (target.qualifier.empty()) target.qualifier = kLatest;
  return target;
}

// DestinationConfig.<side>.Destination; nullopt when not given.
std::optional<std::string> ReadDestination(BodyReader& reader, std::string_view side) {
  const Json* const config = reader.Object("DestinationConfig");
  if (config == nullptr) return std::nullopt;
  BodyReader sides(*config);
  const Json* const one = sides.Object(side);
  reader.Absorb(sides);
  if (one == nullptr) return std::nullopt;
  BodyReader inner(*one);
  std::optional<std::string> destination = inner.String("Destination");
  reader.Absorb(inner);
  return destination;
}

Json Destination(const std::string& arn) {
  Json side{Json::Object()};
  if (!arn.empty()) side.Set("Destination", arn);
  return side;
}

// As AWS prints the part of a configuration it does not like.
std::string Printed(std::string_view side, const std::optional<std::string>& arn) {
  return arn ? fmt::format("{}(destination={})", side, *arn) : "null";
}

// Services that AWS itself does not tell.
absl::Status CheckService(const std::string& text, const std::optional<std::string>& on_success,
                          const std::optional<std::string>& on_failure) {
  const std::optional<Arn> arn = Arn::Parse(text);
  constexpr std::string_view kServices[] = {"lambda", "sqs", "sns", "events", "s3"};
  if (!arn || std::find(std::begin(kServices), std::end(kServices), arn->service) != std::end(kServices)) {
    return absl::OkStatus();
  }
  return Invalid(
      fmt::format("The provided destination config DestinationConfig(onSuccess={}, onFailure={}) is invalid.",
                  Printed("OnSuccess", on_success), Printed("OnFailure", on_failure)));
}

}  // namespace

void EventInvokeConfigApi::AddTo(OperationTable& table) {
  table.Add("PutFunctionEventInvokeConfig", *this, &EventInvokeConfigApi::Put);
  table.Add("UpdateFunctionEventInvokeConfig", *this, &EventInvokeConfigApi::Update);
  table.Add("GetFunctionEventInvokeConfig", *this, &EventInvokeConfigApi::Get);
  table.Add("DeleteFunctionEventInvokeConfig", *this, &EventInvokeConfigApi::Delete);
  table.Add("ListFunctionEventInvokeConfigs", *this, &EventInvokeConfigApi::List);
}

absl::StatusOr<ApiReply> EventInvokeConfigApi::Put(const ApiCall& call) {
  ASSIGN_OR_RETURN(const FunctionTarget target, ReadTarget(call, Scope(call)));
  records::EventInvokeConfig base;
  base.set_account(call.caller.account);
  base.set_function_name(target.name);
  base.set_qualifier(target.qualifier);
  ASSIGN_OR_RETURN(records::EventInvokeConfig config, Read(call, base));
  const bool nothing = !config.has_maximum_retry_attempts() && !config.has_maximum_event_age_seconds() &&
                       config.on_success().empty() && config.on_failure().empty();
  if (nothing) return Invalid("You must specify at least one of error handling or destination setting.");
  return Keep(std::move(config));
}

absl::StatusOr<ApiReply> EventInvokeConfigApi::Update(const ApiCall& call) {
  ASSIGN_OR_RETURN(const FunctionTarget target, ReadTarget(call, Scope(call)));
  if (catalog_.FindServing(call.caller.account, target.name, target.qualifier) == nullptr) return NoFunction();
  ASSIGN_OR_RETURN(records::EventInvokeConfig base, Find(call, target));
  ASSIGN_OR_RETURN(records::EventInvokeConfig config, Read(call, std::move(base)));
  return Keep(std::move(config));
}

absl::StatusOr<ApiReply> EventInvokeConfigApi::Get(const ApiCall& call) {
  ASSIGN_OR_RETURN(const FunctionTarget target, ReadTarget(call, Scope(call)));
  ASSIGN_OR_RETURN(const records::EventInvokeConfig config, Find(call, target));
  return ApiReply{200, {}, Render(config).Dump()};
}

absl::StatusOr<ApiReply> EventInvokeConfigApi::Delete(const ApiCall& call) {
  ASSIGN_OR_RETURN(const FunctionTarget target, ReadTarget(call, Scope(call)));
  RETURN_IF_ERROR(Find(call, target).status());
  const absl::Status deleted = configs_.Delete({call.caller.account, target.name}, target.qualifier);
  if (!deleted.ok() && !absl::IsNotFound(deleted)) return deleted;
  return ApiReply{204, {}, ""};
}

absl::StatusOr<ApiReply> EventInvokeConfigApi::List(const ApiCall& call) {
  ASSIGN_OR_RETURN(const FunctionTarget target, ReadTarget(call, Scope(call)));
  Validation validation;
  ASSIGN_OR_RETURN(const Paging paging, ReadPaging(call, kMarkerKind, validation, kPageItems));
  RETURN_IF_ERROR(validation.Result());
  if (catalog_.FindServing(call.caller.account, target.name, kLatest) == nullptr) return NoFunction();
  const auto found = configs_.List({call.caller.account, target.name}, paging.after, paging.limit + 1);
  Json::Array rows;
  for (size_t i = 0; i < std::min(paging.limit, found.size()); ++i) rows.push_back(Render(found[i]));
  Json body(Json::Object{{"FunctionEventInvokeConfigs", std::move(rows)}});
  if (found.size() > paging.limit) {
    body.Set("NextMarker", MakeMarker(kMarkerKind, found[paging.limit - 1].qualifier()));
  }
  return ApiReply{200, {}, body.Dump()};
}

absl::StatusOr<records::EventInvokeConfig> EventInvokeConfigApi::Read(const ApiCall& call,
                                                                      records::EventInvokeConfig config) const {
  ASSIGN_OR_RETURN(const Json body, ParseBody(call.body));
  BodyReader reader(body);
  Validation validation;
  if (const auto attempts = reader.Integer("MaximumRetryAttempts")) {
    validation.Range("maximumRetryAttempts", *attempts, 0, 2);
    config.set_maximum_retry_attempts(static_cast<int32_t>(*attempts));
  }
  if (const auto age = reader.Integer("MaximumEventAgeInSeconds")) {
    validation.Range("maximumEventAgeInSeconds", *age, 60, 21600);
    config.set_maximum_event_age_seconds(static_cast<int32_t>(*age));
  }
  const std::optional<std::string> on_success = ReadDestination(reader, "OnSuccess");
  const std::optional<std::string> on_failure = ReadDestination(reader, "OnFailure");
  if (on_success) validation.Pattern("destinationConfig.onSuccess.destination", *on_success, kDestinationPattern);
  if (on_failure) validation.Pattern("destinationConfig.onFailure.destination", *on_failure, kDestinationPattern);
  RETURN_IF_ERROR(reader.status());
  RETURN_IF_ERROR(validation.Result());
  for (const std::optional<std::string>& arn : {on_success, on_failure}) {
    RETURN_IF_ERROR(CheckService(arn.value_or(""), on_success, on_failure));
    RETURN_IF_ERROR(CheckDestination(arn.value_or(""), config));
  }
  if (on_success) config.set_on_success(*on_success);
  if (on_failure) config.set_on_failure(*on_failure);
  return config;
}

absl::Status EventInvokeConfigApi::CheckDestination(const std::string& arn,
                                                    const records::EventInvokeConfig& config) const {
  if (arn.empty()) return absl::OkStatus();
  const bool queue = checks_.queue && (QueueOfArn(arn, region_) || TopicOfArn(arn, region_));
  const auto function = catalog_.FindServing(config.account(), config.function_name(), config.qualifier());
  if (queue) return function == nullptr ? NoFunction() : checks_.queue(*function, arn);
  const std::optional<InvokeTarget> target = FunctionOfArn(arn, region_);
  if (!checks_.may_invoke || !target || target->account != config.account()) {
    return Invalid(
        fmt::format("The destination ARN {} is not supported by Hearth: only functions of this account and "
                    "region, queues of SQS and topics of SNS are.",
                    arn));
  }
  if (target->function_name == config.function_name()) {
    return Invalid("You can't specify the function as a destination for itself.");
  }
  return function == nullptr ? NoFunction() : CheckFunction(*target, arn, *function);
}

absl::Status EventInvokeConfigApi::CheckFunction(const InvokeTarget& target, const std::string& arn,
                                                 const records::FunctionVersion& function) const {
  RETURN_IF_ERROR(DestinationRefusal(checks_.may_invoke(function, target), arn));
  if (catalog_.FindServing(target.account, target.function_name, target.qualifier) != nullptr) return absl::OkStatus();
  return Invalid(fmt::format("The destination ARN {} is invalid.", arn));
}

absl::StatusOr<records::EventInvokeConfig> EventInvokeConfigApi::Find(const ApiCall& call,
                                                                      const FunctionTarget& target) const {
  std::optional<records::EventInvokeConfig> config =
      configs_.Find({call.caller.account, target.name}, target.qualifier);
  if (config) return *std::move(config);
  return AwsError("ResourceNotFoundException",
                  fmt::format("The function {} doesn't have an EventInvokeConfig", target.Arn(Scope(call))));
}

absl::StatusOr<ApiReply> EventInvokeConfigApi::Keep(records::EventInvokeConfig config) {
  config.set_last_modified_ms(UnixMillis(clock_.Wall()));
  const absl::Status kept = configs_.Put(config);
  if (absl::IsNotFound(kept)) return NoFunction();
  if (!kept.ok()) return kept;
  return ApiReply{200, {}, Render(config).Dump()};
}

Json EventInvokeConfigApi::Render(const records::EventInvokeConfig& config) const {
  Json body(Json::Object{
      {"LastModified", static_cast<double>(config.last_modified_ms()) / 1000},
      {"FunctionArn",
       fmt::format("{}:{}", FunctionArn({region_, config.account()}, config.function_name()), config.qualifier())}});
  if (config.has_maximum_retry_attempts()) body.Set("MaximumRetryAttempts", config.maximum_retry_attempts());
  if (config.has_maximum_event_age_seconds()) {
    body.Set("MaximumEventAgeInSeconds", config.maximum_event_age_seconds());
  }
  body.Set("DestinationConfig", Json(Json::Object{{"OnSuccess", Destination(config.on_success())},
                                                  {"OnFailure", Destination(config.on_failure())}}));
  return body;
}

}  // namespace hearth::controller
