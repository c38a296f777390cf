#include "controller/api/lambda/sources/event_source_mappings.h"

#include <fmt/format.h>

#include "common/arn.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/function_settings.h"
#include "controller/api/lambda/paging.h"
#include "controller/api/lambda/sources/mapping_settings.h"
#include "controller/api/lambda/validation.h"

namespace hearth::controller {
namespace {

constexpr int32_t kDefaultBatchSize = 10;
constexpr char kMarkerKind[] = "event-source";
constexpr const char* kConsuming[] = {"ReceiveMessage", "DeleteMessage", "GetQueueAttributes"};

absl::Status Invalid(std::string_view message) { return AwsError("InvalidParameterValueException", message); }

absl::Status NoMapping() { return AwsError("ResourceNotFoundException", "The resource you requested does not exist."); }

const char* NameOf(SourceState state) {
  switch (state) {
    case SourceState::kCreating:
      return "Creating";
    case SourceState::kEnabling:
      return "Enabling";
    case SourceState::kEnabled:
      return "Enabled";
    case SourceState::kDisabling:
      return "Disabling";
    case SourceState::kDisabled:
      return "Disabled";
    case SourceState::kUpdating:
      return "Updating";
    case SourceState::kDeleting:
      return "Deleting";
  }
  return "";
}

// The services AWS polls and Hearth does not.
absl::Status RefuseService(const std::string& arn) {
  const std::optional<Arn> parsed = Arn::Parse(arn);
  for (const char* service : {"kinesis", "dynamodb", "kafka", "mq", "rds", "docdb"}) {
    if (parsed && parsed->service == service)
      return Invalid(fmt::format("Event sources of {} are not supported by Hearth: only queues of SQS are.", service));
  }
  return Invalid("Unrecognized event source.");
}

absl::Status NoQueue() {
  return Invalid(
      "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error "
      "Message: The specified queue does not exist.");
}

FunctionTarget TargetOf(const records::EventSource& source) { return {source.function_name(), source.qualifier()}; }

}  // namespace

absl::Status CheckEventSource(const records::EventSource& source, std::string_view region, const Catalog& catalog,
                              const MayUseQueue& may_use) {
  const FunctionVersionPtr function = catalog.FindServing(source.account(), source.function_name(), source.qualifier());
  if (function == nullptr) return absl::FailedPreconditionError("Function not found");
  const std::optional<QueueId> queue = QueueOfArn(source.queue_arn(), region);
  for (const char* operation : kConsuming) {
    if (queue && may_use(*function, *queue, fmt::format("sqs:{}", operation)).ok()) continue;
    return absl::FailedPreconditionError(
        fmt::format("The function's execution role does not have permissions to call {} on SQS", operation));
  }
  return absl::OkStatus();
}

void EventSourceMappingsApi::AddTo(OperationTable& table) {
  table.Add("CreateEventSourceMapping", *this, &EventSourceMappingsApi::Create);
  table.Add("GetEventSourceMapping", *this, &EventSourceMappingsApi::Get);
  table.Add("ListEventSourceMappings", *this, &EventSourceMappingsApi::List);
  table.Add("UpdateEventSourceMapping", *this, &EventSourceMappingsApi::Update);
  table.Add("DeleteEventSourceMapping", *this, &EventSourceMappingsApi::Delete);
}

absl::Status EventSourceMappingsApi::ReadQueue(BodyReader& body, records::EventSource& source) const {
  const std::string arn = body.String("EventSourceArn").value_or("");
  if (arn.empty()) return Invalid("Unrecognized event source.");
  if (!QueueOfArn(arn, region_)) return RefuseService(arn);
  source.set_queue_arn(arn);
  return absl::OkStatus();
}

absl::Status EventSourceMappingsApi::Check(const records::EventSource& source) const {
  const FunctionVersionPtr function =
      catalog_.FindServing(source.account(), source.function_name(), source.qualifier());
  if (function == nullptr) return Invalid("Function does not exist");
  const QueueId id = *QueueOfArn(source.queue_arn(), region_);
  RETURN_IF_ERROR(CheckBatching(source, id.name.ends_with(".fifo")));
  for (const char* operation : kConsuming) {
    const absl::Status may = may_use_(*function, id, fmt::format("sqs:{}", operation));
    if (may.ok()) continue;
    if (!absl::IsPermissionDenied(may)) return may;
    return Invalid(fmt::format("The provided execution role does not have permissions to call {} on SQS", operation));
  }
  const absl::StatusOr<QueuePtr> queue = queues_.Find(id);
  if (!queue.ok()) return NoQueue();
  if ((*queue)->visibility_seconds() >= function->timeout_seconds()) return absl::OkStatus();
  return Invalid(
      fmt::format("Invalid request provided: Queue visibility timeout: {} seconds is less than Function timeout: {} "
                  "seconds",
                  (*queue)->visibility_seconds(), function->timeout_seconds()));
}

absl::StatusOr<ApiReply> EventSourceMappingsApi::Create(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Json parsed, ParseBody(call.body));
  BodyReader body(parsed);
  Validation validation;
  records::EventSource source;
  source.set_account(call.caller.account);
  source.set_id(random_.Uuid());
  source.set_enabled(true);
  source.set_batch_size(kDefaultBatchSize);
  source.set_last_modified_ms(UnixMillis(clock_.Wall()));
  const std::optional<std::string> name = body.String("FunctionName");
  validation.NotNull("functionName", name.has_value());
  const OrderedVariables tags = ReadTags(body, validation);
  RETURN_IF_ERROR(ReadMappingSettings(body, validation, source));
  RETURN_IF_ERROR(CheckTags(tags));
  source.mutable_tags()->insert(tags.begin(), tags.end());
  ASSIGN_OR_RETURN(const FunctionTarget target, ReadFunctionTarget(*name, nullptr, Scope(call)));
  source.set_function_name(target.name);
  source.set_qualifier(target.qualifier);
  RETURN_IF_ERROR(ReadQueue(body, source));
  RETURN_IF_ERROR(RefuseOtherSettings(parsed));
  RETURN_IF_ERROR(Check(source));
  const absl::Status created = sources_.Create(source);
  if (absl::IsAlreadyExists(created)) {
    return AwsError(
        "ResourceConflictException",
        fmt::format("An event source mapping with SQS arn (\" {} \") and function (\" {} \") already exists. Please "
                    "update or delete the existing mapping with UUID {}",
                    source.queue_arn(), source.function_name(), std::string(created.message())));
  }
  if (!created.ok()) return created;
  return ApiReply{202, {}, Render({source, SourceState::kCreating, ""}).Dump()};
}

absl::StatusOr<ApiReply> EventSourceMappingsApi::Get(const ApiCall& call) {
  const absl::StatusOr<SourceView> view = sources_.Find(call.caller.account, std::string(call.Label("UUID")));
  if (!view.ok()) return NoMapping();
  return ApiReply{200, {}, Render(*view).Dump()};
}

absl::StatusOr<ApiReply> EventSourceMappingsApi::List(const ApiCall& call) {
  Validation validation;
  ASSIGN_OR_RETURN(const Paging paging, ReadPaging(call, kMarkerKind, validation));
  RETURN_IF_ERROR(validation.Result());
  const std::string* arn = call.Query("EventSourceArn");
  const std::string* name = call.Query("FunctionName");
  FunctionTarget target;
  if (name != nullptr) {
    ASSIGN_OR_RETURN(target, ReadFunctionTarget(*name, nullptr, Scope(call)));
  }
  const auto wanted = [&](const records::EventSource& source) {
    if (arn != nullptr && source.queue_arn() != *arn) return false;
    return name == nullptr || (source.function_name() == target.name && source.qualifier() == target.qualifier);
  };
  std::vector<SourceView> views = sources_.List(call.caller.account, paging.after, paging.limit + 1, wanted);
  const bool more = views.size() > paging.limit;
  if (more) views.resize(paging.limit);
  Json::Array rows;
  for (const SourceView& view : views) rows.push_back(Render(view));
  Json body{Json::Object()};
  if (more) body.Set("NextMarker", MakeMarker(kMarkerKind, views.back().source.id()));
  body.Set("EventSourceMappings", Json(std::move(rows)));
  return ApiReply{200, {}, body.Dump()};
}

absl::StatusOr<ApiReply> EventSourceMappingsApi::Update(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Json parsed, ParseBody(call.body));
  const std::string id(call.Label("UUID"));
  if (!sources_.Find(call.caller.account, id).ok()) return NoMapping();
  RETURN_IF_ERROR(RefuseOtherSettings(parsed));
  const auto change = [&](records::EventSource& source) -> absl::Status {
    BodyReader body(parsed);
    Validation validation;
    const std::optional<std::string> name = body.String("FunctionName");
    RETURN_IF_ERROR(ReadMappingSettings(body, validation, source));
    if (name) {
      ASSIGN_OR_RETURN(const FunctionTarget target, ReadFunctionTarget(*name, nullptr, Scope(call)));
      source.set_function_name(target.name);
      source.set_qualifier(target.qualifier);
    }
    source.set_last_modified_ms(std::max(UnixMillis(clock_.Wall()), source.last_modified_ms() + 1));
    return Check(source);
  };
  const absl::StatusOr<SourceView> view = sources_.Update(call.caller.account, id, change);
  if (absl::IsFailedPrecondition(view.status()) && !AwsErrorShape(view.status())) {
    return AwsError("ResourceInUseException",
                    "Cannot update the event source mapping because it is not in a state that can be updated.");
  }
  if (absl::IsAlreadyExists(view.status())) {
    return AwsError("ResourceConflictException",
                    fmt::format("A mapping of the queue to this function already exists with UUID {}",
                                std::string(view.status().message())));
  }
  if (!view.ok()) return view.status();
  return ApiReply{202, {}, Render(*view).Dump()};
}

absl::StatusOr<ApiReply> EventSourceMappingsApi::Delete(const ApiCall& call) {
  const absl::StatusOr<SourceView> view = sources_.Delete(call.caller.account, std::string(call.Label("UUID")));
  if (absl::IsNotFound(view.status())) return NoMapping();
  if (!view.ok()) return view.status();
  return ApiReply{202, {}, Render(*view).Dump()};
}

Json EventSourceMappingsApi::Render(const SourceView& view) const {
  const records::EventSource& source = view.source;
  Json body(Json::Object{{"UUID", source.id()},
                         {"BatchSize", source.batch_size()},
                         {"MaximumBatchingWindowInSeconds", source.window_seconds()},
                         {"EventSourceArn", source.queue_arn()}});
  if (!source.filters().empty()) {
    Json::Array filters;
    for (const std::string& filter : source.filters()) filters.push_back(Json(Json::Object{{"Pattern", filter}}));
    body.Set("FilterCriteria", Json(Json::Object{{"Filters", Json(std::move(filters))}}));
  }
  body.Set("FunctionArn", TargetOf(source).Arn({region_, source.account()}));
  body.Set("LastModified", static_cast<double>(source.last_modified_ms()) / 1000);
  if (!view.problem.empty()) body.Set("LastProcessingResult", view.problem);
  body.Set("State", NameOf(view.state));
  body.Set("StateTransitionReason", "USER_INITIATED");
  Json::Array types;
  if (source.reports_failures()) types.push_back("ReportBatchItemFailures");
  body.Set("FunctionResponseTypes", Json(std::move(types)));
  if (source.max_concurrency() > 0)
    body.Set("ScalingConfig", Json(Json::Object{{"MaximumConcurrency", source.max_concurrency()}}));
  body.Set("EventSourceMappingArn",
           fmt::format("arn:aws:lambda:{}:{}:event-source-mapping:{}", region_, source.account(), source.id()));
  return body;
}

}  // namespace hearth::controller
