#include "controller/api/sqs/message_text.h"

#include "common/text_escape.h"
#include "controller/api/aws_error.h"

namespace hearth::controller {
namespace {

bool IsXmlText(std::string_view text) {
  for (const char byte : text) {
    const bool control = static_cast<unsigned char>(byte) < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
    if (control) return false;
  }
  // The two of UTF-8's characters that XML has not: U+FFFE and U+FFFF.
  return IsValidUtf8(text) && text.find("\xEF\xBF\xBE") == std::string_view::npos &&
         text.find("\xEF\xBF\xBF") == std::string_view::npos;
}

}  // namespace

absl::Status CheckMessageText(std::string_view text) {
  if (IsXmlText(text)) return absl::OkStatus();
  return AwsError("InvalidMessageContents",
                  "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to "
                  "#xFFFD | #x10000 to #x10FFFF.");
}

}  // namespace hearth::controller
