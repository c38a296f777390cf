#include "controller/api/lambda/payload.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/io/json.h"
#include "controller/api/aws_error.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kExpected = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
constexpr std::string_view kSpace = " \t\r\n";

struct Complaint {
  std::string text;
  size_t offset = 0;  // of the byte it is about
};

bool IsContinuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// How many bytes the UTF-8 sequence at `at` has; 0 when it is none.
size_t SequenceLength(std::string_view text, size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const size_t length = first < 0x80                    ? 1
                        : first >= 0xC2 && first < 0xE0 ? 2
                        : first >= 0xE0 && first < 0xF0 ? 3
                        : first >= 0xF0 && first < 0xF5 ? 4
                                                        : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(static_cast<unsigned char>(text[at + i]))) return 0;
  }
  return length;
}

std::string CharacterName(unsigned char c) {
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return fmt::format("(CTRL-CHAR, code {})", c);
  if (c >= 0xa0) return fmt::format("(code {})", c);
  return fmt::format("'{}' (code {})", static_cast<char>(c), c);
}

Complaint BadStart(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && (isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_' || text[end] == '$'))
    ++end;
  if (end > at && isalpha(static_cast<unsigned char>(text[at]))) {
    return {fmt::format("Unrecognized token '{}': was expecting {}", text.substr(at, end - at), kExpected), end};
  }
  return {fmt::format("Unexpected character ({}): expected a valid value {}",
                      CharacterName(static_cast<unsigned char>(text[at])), kExpected),
          at};
}

// The payload is known not to be JSON.
Complaint Describe(std::string_view text) {
  const size_t start = std::min(text.find_first_not_of(kSpace), text.size());
  if (start == text.size()) return {"No content to map due to end-of-input", start};
  const bool value = std::string_view("{[\"-0123456789").find(text[start]) != std::string_view::npos;
  const bool word = text.substr(start).starts_with("true") || text.substr(start).starts_with("false") ||
                    text.substr(start).starts_with("null");
  if (!value && !word) return BadStart(text, start);
  for (size_t at = start; at < text.size();) {
    const size_t length = SequenceLength(text, at);
    if (length == 0) {  // AWS's parser has read the byte when it complains
      return {fmt::format("Invalid UTF-8 start byte {:#x}", static_cast<unsigned char>(text[at])), at + 1};
    }
    at += length;
  }
  return {"Unexpected character or end-of-input: expected one whole JSON value", text.size()};
}

}  // namespace

absl::Status CheckPayload(std::string& payload) {
  if (payload.empty()) {
    payload = "{}";
    return absl::OkStatus();
  }
  if (CheckJson(payload).ok()) return absl::OkStatus();
  const Complaint complaint = Describe(payload);
  const std::string_view before = std::string_view(payload).substr(0, complaint.offset);
  const size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return AwsError(
      "InvalidRequestContentException",
      fmt::format("Could not parse request body into json: Could not parse payload into json: {}\n at [Source: "
                  "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {}, column: {}]",
                  complaint.text, 1 + std::count(before.begin(), before.end(), '\n'), before.size() - line_start + 1));
}

}  // namespace hearth::controller
