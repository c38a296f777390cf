#include "controller/api/sqs/sqs_query.h"

#include <fmt/format.h>

#include "absl/strings/numbers.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/access/call_keys.h"
#include "controller/api/query/xml_writer.h"
#include "controller/api/sqs/sqs_errors.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kTexts[] = {"QueueUrl",
                                       "Label",
                                       "TaskHandle",
                                       "QueueName",
                                       "NextToken",
                                       "QueueOwnerAWSAccountId",
                                       "MessageBody",
                                       "SourceArn",
                                       "QueueNamePrefix",
                                       "Id",
                                       "ReceiptHandle",
                                       "MessageDeduplicationId",
                                       "MessageGroupId",
                                       "DestinationArn",
                                       "ReceiveRequestAttemptId"};
constexpr std::string_view kNumbers[] = {"VisibilityTimeout",   "DelaySeconds",    "MaxResults",
                                         "MaxNumberOfMessages", "WaitTimeSeconds", "MaxNumberOfMessagesPerSecond"};
struct Renamed {
  std::string_view parameter;
  std::string_view member;
};
constexpr Renamed kLists[] = {{"AWSAccountId", "AWSAccountIds"},
                              {"ActionName", "Actions"},
                              {"AttributeName", "AttributeNames"},
                              {"MessageSystemAttributeName", "MessageSystemAttributeNames"},
                              {"MessageAttributeName", "MessageAttributeNames"},
                              {"TagKey", "TagKeys"}};
struct NamedMap {
  std::string_view parameter;
  std::string_view member;
  std::string_view key;
};
constexpr NamedMap kMaps[] = {{"Attribute", "Attributes", "Name"}, {"Tag", "Tags", "Key"}};
constexpr Renamed kAttributeMaps[] = {{"MessageAttribute", "MessageAttributes"},
                                      {"MessageSystemAttribute", "MessageSystemAttributes"}};
constexpr std::string_view kValueMembers[] = {"StringValue", "BinaryValue", "DataType"};
constexpr int kMaxIndex = 1000;
constexpr std::string_view kWithoutResult[] = {
    "AddPermission",    "ChangeMessageVisibility", "DeleteMessage", "DeleteQueue", "PurgeQueue",
    "RemovePermission", "SetQueueAttributes",      "TagQueue",      "UntagQueue"};

// Members that are lists and what each of their elements is called.
constexpr Renamed kElements[] = {{"QueueUrls", "QueueUrl"},
                                 {"queueUrls", "QueueUrl"},
                                 {"Messages", "Message"},
                                 {"Results", "ListMessageMoveTasksResultEntry"},
                                 {"Failed", "BatchResultErrorEntry"}};

class FormReader {
 public:
  FormReader(const QueryInput& form, std::string prefix) : form_(form), prefix_(std::move(prefix)) {}

  Json Read() const {
    Json members{Json::Object()};
    ReadPlain(members);
    for (const auto& [parameter, member] : kLists) {
      Json::Array values = ListOf(parameter);
      if (!values.empty()) members.Set(std::string(member), Json(std::move(values)));
    }
    for (const NamedMap& map : kMaps) ReadMap(map, members);
    for (const auto& [parameter, member] : kAttributeMaps) ReadAttributes(parameter, member, members);
    return members;
  }

 private:
  const std::string* Find(const std::string& name) const { return form_.Find(prefix_ + name); }

  void ReadPlain(Json& members) const {
    for (const std::string_view name : kTexts) {
      if (const std::string* value = Find(std::string(name))) members.Set(std::string(name), *value);
    }
    for (const std::string_view name : kNumbers) {
      const std::string* value = Find(std::string(name));
      int64_t number = 0;
      if (value == nullptr) continue;
      members.Set(std::string(name), absl::SimpleAtoi(*value, &number) ? Json(number) : Json(*value));
    }
  }
  Json::Array ListOf(std::string_view parameter) const {
    Json::Array values;
    for (int i = 1; i <= kMaxIndex; ++i) {
      const std::string* value = Find(fmt::format("{}.{}", parameter, i));
      if (value == nullptr) break;
      values.push_back(*value);
    }
    return values;
  }
  void ReadMap(const NamedMap& map, Json& members) const {
    Json read{Json::Object()};
    for (int i = 1; i <= kMaxIndex; ++i) {
      const std::string* key = Find(fmt::format("{}.{}.{}", map.parameter, i, map.key));
      if (key == nullptr) break;
      const std::string* value = Find(fmt::format("{}.{}.Value", map.parameter, i));
      read.Set(*key, value == nullptr ? "" : *value);
    }
    if (!read.as_object().empty()) members.Set(std::string(map.member), std::move(read));
  }
  void ReadAttributes(std::string_view parameter, std::string_view member, Json& members) const {
    Json read{Json::Object()};
    for (int i = 1; i <= kMaxIndex; ++i) {
      const std::string* name = Find(fmt::format("{}.{}.Name", parameter, i));
      if (name == nullptr) break;
      Json value{Json::Object()};
      for (const std::string_view part : kValueMembers) {
        const std::string* text = Find(fmt::format("{}.{}.Value.{}", parameter, i, part));
        if (text != nullptr) value.Set(std::string(part), *text);
      }
      read.Set(*name, std::move(value));
    }
    if (!read.as_object().empty()) members.Set(std::string(member), std::move(read));
  }

  const QueryInput& form_;
  const std::string prefix_;
};

std::string TextOf(const Json& value) { return value.is_string() ? value.as_string() : value.Dump(); }

void WriteMembers(const Json& members, std::string_view action, XmlWriter& xml);

// Maps are a repeated element of a name and a value.
void WriteMap(const Json& map, const std::string& element, const char* key, XmlWriter& xml) {
  for (const auto& [name, value] : map.as_object()) {
    const auto content = [&, &entry_name = name, &entry_value = value] {
      xml.Text(key, entry_name);
      if (!entry_value.is_object()) {
        xml.Text("Value", TextOf(entry_value));
        return;
      }
      xml.Element("Value", [&] { WriteMembers(entry_value, "", xml); });
    };
    xml.Element(element, content);
  }
}

std::string ElementOf(const std::string& member, std::string_view action) {
  if (member == "Successful") return fmt::format("{}ResultEntry", action);
  for (const auto& [name, element] : kElements) {
    if (name == member) return std::string(element);
  }
  return member;
}

void WriteMembers(const Json& members, std::string_view action, XmlWriter& xml) {
  for (const auto& [name, value] : members.as_object()) {
    if (value.is_object()) {
      WriteMap(value, name.substr(0, name.size() - 1), name == "Tags" ? "Key" : "Name", xml);
      continue;
    }
    const std::string element = ElementOf(name, action);
    if (!value.is_array()) {
      xml.Text(element, TextOf(value));
      continue;
    }
    for (const Json& one : value.as_array()) {
      if (one.is_object()) {
        xml.Element(element, [&] { WriteMembers(one, action, xml); });
      } else {
        xml.Text(element, TextOf(one));
      }
    }
  }
}

}  // namespace

Json SqsMembersOf(const QueryInput& form, std::string_view action) {
  Json members = FormReader(form, "").Read();
  Json::Array entries;
  for (int i = 1; i <= kMaxIndex; ++i) {
    const std::string prefix = fmt::format("{}RequestEntry.{}.", action, i);
    Json entry = FormReader(form, prefix).Read();
    if (entry.as_object().empty()) break;
    entries.push_back(std::move(entry));
  }
  if (!entries.empty()) members.Set("Entries", Json(std::move(entries)));
  return members;
}

std::string SqsXmlOf(const Json& answer, std::string_view action) {
  XmlWriter xml;
  WriteMembers(answer, action, xml);
  return xml.Take();
}

bool SqsQuery::HasResult(std::string_view action) const {
  return std::find(std::begin(kWithoutResult), std::end(kWithoutResult), action) == std::end(kWithoutResult);
}

std::optional<QueryError> SqsQuery::ErrorOf(std::string_view shape) const {
  const SqsError* error = FindSqsError(shape);
  if (error == nullptr) return std::nullopt;
  return QueryError{std::string(error->code), error->http_status};
}

absl::StatusOr<std::string> SqsQuery::Handle(const ApiCall&, std::string_view action, const QueryInput&) {
  return AwsError("InvalidAction", fmt::format("The action {} is not valid for this endpoint.", action));
}

absl::StatusOr<RpcCallPtr> SqsQuery::Read(const QueryCall& query) const {
  if (!SqsApi::IsOperation(query.action))
    return AwsError("InvalidAction", fmt::format("The action {} is not valid for this endpoint.", query.action));
  auto rpc = std::make_shared<RpcCall>();
  rpc->call = query.call;
  rpc->operation = query.action;
  rpc->input = SqsMembersOf(query.input, query.action);
  rpc->abandoned = query.abandoned;
  if (query.path != "/" && rpc->input.Find("QueueUrl") == nullptr) rpc->input.Set("QueueUrl", query.path);
  if (std::optional<AccessRequest> access = api_.AccessOf(rpc->call, rpc->operation, rpc->input)) {
    const CallKeys of_call("", rpc->call);
    const std::unique_ptr<ConditionKeys> keys = api_.KeysOf(rpc->call, rpc->operation, rpc->input, of_call);
    access->more_keys = keys.get();
    RETURN_IF_ERROR(AuthorizationError(authorizer_.Authorize(rpc->call.caller, *access)));
  }
  return RpcCallPtr(std::move(rpc));
}

Async<absl::StatusOr<std::string>> SqsQuery::Run(QueryCallPtr query) {
  CO_ASSIGN_OR_RETURN(RpcCallPtr rpc, Read(*query));
  absl::StatusOr<Json> answer = co_await api_.Run(std::move(rpc));
  if (!answer.ok()) co_return answer.status();
  co_return SqsXmlOf(*answer, query->action);
}

}  // namespace hearth::controller
