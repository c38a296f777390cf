#include "controller/async/letters.h"

#include "common/io/json.h"
#include "controller/invoke/lineage.h"
#include "controller/queues/message_checksums.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxErrorBytes = 1024;
constexpr char kThrottled[] = "429";
constexpr char kAnswered[] = "200";

void AddAttribute(const char* name, const char* type, const std::string& value, records::QueueMessage& message) {
  records::QueueMessageAttribute& attribute = *message.add_attributes();
  attribute.set_name(name);
  attribute.set_type(type);
  attribute.set_value(value.empty() ? " " : value);
}

// What the function said was wrong; its whole answer when it said so in no known way.
std::string ErrorOf(const records::LastAttempt& attempt) {
  const absl::StatusOr<Json> answer = Json::Parse(attempt.payload());
  const Json* text = answer.ok() ? answer->Find("errorMessage") : nullptr;
  std::string error = text != nullptr && text->is_string() ? text->as_string() : attempt.payload();
  size_t bytes = std::min(error.size(), kMaxErrorBytes);
  while (bytes > 0 && bytes < error.size() && (error[bytes] & 0xc0) == 0x80) --bytes;  // no half character
  error.resize(bytes);
  return error;
}

}  // namespace

NewMessage DeadLetterOf(const records::QueuedEvent& event, const EventEnd& end) {
  NewMessage letter;
  records::QueueMessage& message = letter.message;
  message.set_body(event.payload());
  message.set_sender_id(event.account());
  message.set_trace_header(WithRun(event.trace_header(), event.account(), event.function_name()));
  AddAttribute("RequestID", "String", event.request_id(), message);
  AddAttribute("ErrorCode", "Number", end.last ? kAnswered : kThrottled, message);
  AddAttribute("ErrorMessage", "String", end.last ? ErrorOf(*end.last) : "Rate Exceeded.", message);
  AddChecksums(message);
  return letter;
}

NewMessage RecordLetterOf(const records::QueuedEvent& event, std::string record) {
  NewMessage letter;
  letter.message.set_body(std::move(record));
  letter.message.set_sender_id(event.account());
  letter.message.set_trace_header(WithRun(event.trace_header(), event.account(), event.function_name()));
  AddChecksums(letter.message);
  return letter;
}

}  // namespace hearth::controller
