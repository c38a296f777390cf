#include "controller/queues/message_checksums.h"

#include <algorithm>
#include <string_view>

#include "common/md5.h"

namespace hearth::controller {
namespace {

constexpr char kTextValue = 1;
constexpr char kBinaryValue = 2;

void AddField(std::string_view text, std::string& out) {
  const auto size = static_cast<uint32_t>(text.size());
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(size >> shift & 0xff));
  out += text;
}

}  // namespace

std::string Md5OfAttributes(const MessageAttributes& attributes) {
  if (attributes.empty()) return "";
  std::string hashed;
  for (const records::QueueMessageAttribute& attribute : attributes) {
    AddField(attribute.name(), hashed);
    AddField(attribute.type(), hashed);
    hashed.push_back(attribute.binary() ? kBinaryValue : kTextValue);
    AddField(attribute.value(), hashed);
  }
  return Md5Hex(hashed);
}

void AddChecksums(records::QueueMessage& message) {
  auto& attributes = *message.mutable_attributes();
  std::sort(attributes.begin(), attributes.end(), [](const auto& a, const auto& b) { return a.name() < b.name(); });
  message.set_body_md5(Md5Hex(message.body()));
  message.set_attributes_md5(Md5OfAttributes({attributes.begin(), attributes.end()}));
  if (message.trace_header().empty()) return;
  records::QueueMessageAttribute trace;
  trace.set_name("AWSTraceHeader");
  trace.set_type("String");
  trace.set_value(message.trace_header());
  message.set_system_attributes_md5(Md5OfAttributes({trace}));
}

}  // namespace hearth::controller
