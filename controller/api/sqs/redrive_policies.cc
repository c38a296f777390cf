#include "controller/api/sqs/redrive_policies.h"

#include <fmt/format.h>

#include <algorithm>

#include "absl/strings/numbers.h"
#include "common/errors.h"
#include "common/io/json.h"
#include "controller/api/sqs/sqs_errors.h"

namespace hearth::controller {
namespace {

constexpr int64_t kMaxReceives = 1000;
constexpr size_t kMaxSources = 10;

// A number, or one in quotes.
std::optional<int64_t> NumberOf(const Json& value) {
  int64_t number = 0;
  if (value.is_integer()) return value.as_integer();
  if (value.is_string() && absl::SimpleAtoi(value.as_string(), &number)) return number;
  return std::nullopt;
}

std::string TextOf(const Json& value) { return value.is_string() ? value.as_string() : value.Dump(); }

}  // namespace

bool TakesDeadLettersOf(const records::Queue& target, std::string_view source_arn) {
  switch (target.redrive_permission()) {
    case records::Queue::DENY_ALL:
      return false;
    case records::Queue::BY_QUEUE:
      return std::find(target.redrive_sources().begin(), target.redrive_sources().end(), source_arn) !=
             target.redrive_sources().end();
    default:
      return true;
  }
}

absl::Status ApplyRedrivePolicy(const std::string& value, std::string_view region, const FindQueue& find,
                                records::Queue& queue) {
  queue.clear_dead_letter_arn();
  queue.clear_max_receives();
  if (value.empty()) return absl::OkStatus();
  const auto invalid = [&](std::string_view reason) { return InvalidValue(value, "RedrivePolicy", reason); };
  const absl::StatusOr<Json> policy = Json::Parse(value);
  if (!policy.ok() || !policy->is_object()) return invalid("Redrive policy is not a valid JSON map.");
  const Json* target_arn = policy->Find("deadLetterTargetArn");
  const Json* receives = policy->Find("maxReceiveCount");
  if (target_arn == nullptr || !target_arn->is_string())
    return invalid("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
  if (receives == nullptr) return invalid("Redrive policy does not contain mandatory attribute: maxReceiveCount.");
  const std::optional<int64_t> count = NumberOf(*receives);
  if (!count || *count < 1 || *count > kMaxReceives) {
    return invalid(fmt::format("Invalid value for maxReceiveCount: {}, valid values are from 1 to {} both inclusive.",
                               TextOf(*receives), kMaxReceives));
  }
  const std::optional<QueueId> id = QueueOfArn(target_arn->as_string(), region);
  const QueuePtr target = id && id->account == queue.account() ? find(*id) : nullptr;
  if (target == nullptr || *id == IdOf(queue)) return invalid("Dead letter target does not exist.");
  if (target->fifo() != queue.fifo()) return invalid("Dead-letter queue must be same type of queue as the source.");
  if (!TakesDeadLettersOf(*target, QueueArn(region, IdOf(queue))))
    return invalid("Queue does not have permission to use the dead letter target.");
  queue.set_dead_letter_arn(target_arn->as_string());
  queue.set_max_receives(static_cast<int32_t>(*count));
  return absl::OkStatus();
}

absl::Status ApplyRedriveAllowPolicy(const std::string& value, records::Queue& queue) {
  queue.set_redrive_permission(records::Queue::UNSAID);
  queue.clear_redrive_sources();
  if (value.empty()) return absl::OkStatus();
  const auto invalid = [&](std::string_view reason) { return InvalidValue(value, "RedriveAllowPolicy", reason); };
  const absl::StatusOr<Json> policy = Json::Parse(value);
  if (!policy.ok() || !policy->is_object())
    return invalid("Amazon SQS can't create the redrive allow policy, as it's in an unsupported format.");
  const Json* permission = policy->Find("redrivePermission");
  const Json* sources = policy->Find("sourceQueueArns");
  const std::string text = permission != nullptr && permission->is_string() ? permission->as_string() : "";
  if (text != "allowAll" && text != "denyAll" && text != "byQueue")
    return invalid("Amazon SQS can't create the redrive allow policy, as redrivePermission is invalid.");
  if ((sources != nullptr) != (text == "byQueue"))
    return invalid("sourceQueueArns has to be given with the redrivePermission byQueue, and with no other.");
  queue.set_redrive_permission(text == "allowAll"  ? records::Queue::ALLOW_ALL
                               : text == "denyAll" ? records::Queue::DENY_ALL
                                                   : records::Queue::BY_QUEUE);
  if (sources == nullptr) return absl::OkStatus();
  if (!sources->is_array() || sources->as_array().empty() || sources->as_array().size() > kMaxSources)
    return invalid(fmt::format("sourceQueueArns has 1 to {} ARNs.", kMaxSources));
  for (const Json& source : sources->as_array()) queue.add_redrive_sources(TextOf(source));
  return absl::OkStatus();
}

std::string RedrivePolicyOf(const records::Queue& queue) {
  if (queue.dead_letter_arn().empty()) return "";
  return Json(Json::Object{{"deadLetterTargetArn", queue.dead_letter_arn()}, {"maxReceiveCount", queue.max_receives()}})
      .Dump();
}

std::string RedriveAllowPolicyOf(const records::Queue& queue) {
  switch (queue.redrive_permission()) {
    case records::Queue::ALLOW_ALL:
      return R"({"redrivePermission":"allowAll"})";
    case records::Queue::DENY_ALL:
      return R"({"redrivePermission":"denyAll"})";
    case records::Queue::BY_QUEUE: {
      Json::Array sources;
      for (const std::string& arn : queue.redrive_sources()) sources.push_back(arn);
      return Json(Json::Object{{"redrivePermission", "byQueue"}, {"sourceQueueArns", Json(std::move(sources))}}).Dump();
    }
    default:
      return "";
  }
}

}  // namespace hearth::controller
