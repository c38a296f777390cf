#include "controller/api/lambda/sources/mapping_settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/pattern/event_pattern.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxFilters = 5;
constexpr int32_t kMaxFifoBatch = 10;
constexpr int32_t kMaxBatchWithoutWindow = 10;

constexpr std::string_view kOtherSources[] = {"StartingPosition",
                                              "StartingPositionTimestamp",
                                              "ParallelizationFactor",
                                              "DestinationConfig",
                                              "MaximumRecordAgeInSeconds",
                                              "BisectBatchOnFunctionError",
                                              "MaximumRetryAttempts",
                                              "TumblingWindowInSeconds",
                                              "Topics",
                                              "Queues",
                                              "SourceAccessConfigurations",
                                              "SelfManagedKafkaEventSourceConfig",
                                              "AmazonManagedKafkaEventSourceConfig",
                                              "DocumentDBEventSourceConfig"};

struct Refused {
  std::string_view member;
  std::string_view why;
};
constexpr Refused kRefused[] = {
    {"KMSKeyArn", "filters lie under the installation's key alone"},
    {"MetricsConfig", "there are no metrics of mappings"},
    {"LoggingConfig", "mappings write no logs"},
    {"ProvisionedPollerConfig", "pollers scale by themselves; use ScalingConfig"},
    {"SelfManagedEventSource", "there is no Kafka; use a queue of SQS"},
};

absl::Status Invalid(std::string_view message) { return AwsError("InvalidParameterValueException", message); }

bool SaysSomething(const Json* value) {
  if (value == nullptr || value->is_null()) return false;
  if (value->is_string()) return !value->as_string().empty();
  if (value->is_array()) return !value->as_array().empty();
  if (value->is_object()) return !value->as_object().empty();
  return true;
}

absl::Status ReadFilters(BodyReader& body, records::EventSource& source) {
  const Json* criteria = body.Object("FilterCriteria");
  if (criteria == nullptr) return absl::OkStatus();
  source.clear_filters();
  BodyReader inner(*criteria);
  const Json* filters = inner.Array("Filters");
  body.Absorb(inner);
  if (filters == nullptr) return absl::OkStatus();
  if (filters->as_array().size() > kMaxFilters)
    return Invalid(fmt::format("Number of filters exceeds the maximum of {}.", kMaxFilters));
  for (const Json& filter : filters->as_array()) {
    const Json* pattern = filter.Find("Pattern");
    if (pattern == nullptr || !pattern->is_string() || !EventPattern::Parse(pattern->as_string()).ok())
      return Invalid("Invalid filter pattern definition.");
    source.add_filters(pattern->as_string());
  }
  return absl::OkStatus();
}

void ReadScaling(BodyReader& body, Validation& validation, records::EventSource& source) {
  const Json* scaling = body.Object("ScalingConfig");
  if (scaling == nullptr) return;
  BodyReader inner(*scaling);
  const std::optional<int64_t> most = inner.Integer("MaximumConcurrency");
  body.Absorb(inner);
  if (most) validation.Range("scalingConfig.maximumConcurrency", *most, 2, 1000);
  source.set_max_concurrency(static_cast<int32_t>(most.value_or(0)));
}

void ReadResponseTypes(BodyReader& body, Validation& validation, records::EventSource& source) {
  const auto types = body.Strings("FunctionResponseTypes");
  if (!types) return;
  for (const std::string& type : *types) {
    if (type == "ReportBatchItemFailures") continue;
    validation.Fail("functionResponseTypes", fmt::format("[{}]", fmt::join(*types, ", ")),
                    "Member must satisfy constraint: [Member must satisfy enum value set: [ReportBatchItemFailures]]");
    return;
  }
  source.set_reports_failures(!types->empty());
}

}  // namespace

absl::Status ReadMappingSettings(BodyReader& body, Validation& validation, records::EventSource& source) {
  if (const auto enabled = body.Boolean("Enabled")) source.set_enabled(*enabled);
  if (const auto size = body.Integer("BatchSize")) {
    validation.Range("batchSize", *size, 1, 10000);
    source.set_batch_size(static_cast<int32_t>(std::clamp<int64_t>(*size, 1, 10000)));
  }
  if (const auto window = body.Integer("MaximumBatchingWindowInSeconds")) {
    validation.Range("maximumBatchingWindowInSeconds", *window, 0, 300);
    source.set_window_seconds(static_cast<int32_t>(std::clamp<int64_t>(*window, 0, 300)));
  }
  ReadScaling(body, validation, source);
  ReadResponseTypes(body, validation, source);
  RETURN_IF_ERROR(body.status());
  RETURN_IF_ERROR(validation.Result());
  return ReadFilters(body, source);
}

absl::Status RefuseOtherSettings(const Json& body) {
  for (const Refused& refused : kRefused) {
    if (SaysSomething(body.Find(refused.member)))
      return Invalid(fmt::format("{} is not supported by Hearth: {}", refused.member, refused.why));
  }
  for (const std::string_view member : kOtherSources) {
    const Json* value = body.Find(member);
    // An empty OnFailure takes a destination away that is not there.
    const bool nothing = member == "DestinationConfig" && value != nullptr && !SaysSomething(value->Find("OnFailure"));
    if (SaysSomething(value) && !nothing)
      return Invalid(fmt::format("Unsupported {} parameter for given event source mapping type.", member));
  }
  return absl::OkStatus();
}

absl::Status CheckBatching(const records::EventSource& source, bool fifo) {
  if (fifo && source.batch_size() > kMaxFifoBatch)
    return Invalid(fmt::format("Maximum batch size for FIFO queues is {}.", kMaxFifoBatch));
  if (fifo && source.window_seconds() > 0) return Invalid("Batching window is not supported for FIFO queues.");
  if (source.batch_size() <= kMaxBatchWithoutWindow || source.window_seconds() > 0) return absl::OkStatus();
  return Invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10");
}

}  // namespace hearth::controller
