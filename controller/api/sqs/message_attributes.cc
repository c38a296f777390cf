#include "controller/api/sqs/message_attributes.h"

#include <fmt/format.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "common/crypto.h"
#include "common/errors.h"
#include "controller/api/sqs/sqs_errors.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxNameBytes = 256;

std::string TextOf(const Json& value, std::string_view member) {
  const Json* found = value.Find(member);
  return found != nullptr && found->is_string() ? found->as_string() : "";
}

absl::Status CheckName(const std::string& name) {
  const bool letters = std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.';
  });
  const std::string lower = absl::AsciiStrToLower(name);
  const bool dots = name.starts_with('.') || name.ends_with('.') || name.find("..") != std::string::npos;
  if (letters && !dots && !name.empty() && name.size() <= kMaxNameBytes && !lower.starts_with("aws.") &&
      !lower.starts_with("amazon.")) {
    return absl::OkStatus();
  }
  return InvalidParameter(
      fmt::format("Message (user) attribute name '{}' can contain only (A-Za-z0-9_), hyphen, or period characters, "
                  "without 'AWS.' or 'Amazon.' before it, at most 256 of them.",
                  name.substr(0, kMaxNameBytes)));
}

absl::StatusOr<records::QueueMessageAttribute> ReadOne(const std::string& name, const Json& value) {
  RETURN_IF_ERROR(CheckName(name));
  records::QueueMessageAttribute attribute;
  attribute.set_name(name);
  attribute.set_type(TextOf(value, "DataType"));
  if (attribute.type().empty()) {
    return InvalidParameter(
        fmt::format("The message attribute '{}' must contain non-empty message attribute type.", name));
  }
  const std::string_view type = attribute.type();
  const std::string_view kind = type.substr(0, type.find('.'));
  attribute.set_binary(kind == "Binary");
  if (kind != "String" && kind != "Number" && kind != "Binary") {
    return InvalidParameter(
        fmt::format("The message attribute '{}' has an invalid message attribute type, the set of supported type "
                    "prefixes is Binary, Number, and String.",
                    name));
  }
  if (attribute.binary()) {
    attribute.set_value(Base64Decode(TextOf(value, "BinaryValue")).value_or(""));
  } else {
    attribute.set_value(TextOf(value, "StringValue"));
  }
  if (attribute.value().empty()) {
    return InvalidParameter(fmt::format("Message (user) attribute '{}' must contain a non-empty value of type '{}'.",
                                        name, attribute.binary() ? "Binary" : "String"));
  }
  double number = 0;
  if (kind == "Number" && !absl::SimpleAtod(attribute.value(), &number)) {
    return InvalidParameter(fmt::format("Can't cast the value of message (user) attribute '{}' to a number.", name));
  }
  return attribute;
}

bool IsAskedFor(const std::string& name, const std::vector<std::string>& asked) {
  return std::any_of(asked.begin(), asked.end(), [&](const std::string& one) {
    if (one == "All" || one == ".*" || one == name) return true;
    return one.ends_with(".*") && name.starts_with(one.substr(0, one.size() - 2));
  });
}

}  // namespace

absl::StatusOr<MessageAttributes> ReadMessageAttributes(const Json* members, size_t most) {
  MessageAttributes attributes;
  if (members == nullptr || !members->is_object()) return attributes;
  if (members->as_object().size() > most) {
    return InvalidParameter(fmt::format("Number of message attributes [{}] exceeds the allowed maximum [{}].",
                                        members->as_object().size(), most));
  }
  for (const auto& [name, value] : members->as_object()) {
    ASSIGN_OR_RETURN(records::QueueMessageAttribute attribute, ReadOne(name, value));
    attributes.push_back(std::move(attribute));
  }
  std::sort(attributes.begin(), attributes.end(), [](const auto& a, const auto& b) { return a.name() < b.name(); });
  return attributes;
}

size_t BytesOfAttributes(const MessageAttributes& attributes) {
  size_t bytes = 0;
  for (const auto& attribute : attributes)
    bytes += attribute.name().size() + attribute.type().size() + attribute.value().size();
  return bytes;
}

Json RenderMessageAttributes(const MessageAttributes& attributes) {
  Json shown{Json::Object()};
  for (const records::QueueMessageAttribute& attribute : attributes) {
    Json value{Json::Object()};
    if (attribute.binary()) {
      value.Set("BinaryValue", Base64Encode(attribute.value()));
    } else {
      value.Set("StringValue", attribute.value());
    }
    value.Set("DataType", attribute.type());
    shown.Set(attribute.name(), std::move(value));
  }
  return shown;
}

MessageAttributes SelectAttributes(const records::QueueMessage& message, const std::vector<std::string>& names) {
  MessageAttributes selected;
  for (const records::QueueMessageAttribute& attribute : message.attributes()) {
    if (IsAskedFor(attribute.name(), names)) selected.push_back(attribute);
  }
  return selected;
}

}  // namespace hearth::controller
