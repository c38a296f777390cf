#include "controller/api/query/xml_writer.h"

#include "common/clock.h"
#include "common/text_escape.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

void AppendEscaped(std::string& out, char c) {
  switch (c) {
    case '&':
      out += "&amp;";
      break;
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '"':
      out += "&quot;";
      break;
    case '\r':
      out += "&#xD;";  // a parser would make it a line feed
      break;
    default:
      if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') {
        out += kReplacement;
      } else {
        out += c;
      }
  }
}

}  // namespace

XmlWriter& XmlWriter::Element(std::string_view tag, const std::function<void()>& content) {
  out_.append("<").append(tag).append(">");
  content();
  out_.append("</").append(tag).append(">");
  return *this;
}

XmlWriter& XmlWriter::Text(std::string_view tag, std::string_view text) {
  return Element(tag, [&] { out_ += EscapeXml(text); });
}

std::string EscapeXml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const bool utf8 = IsValidUtf8(text);
  for (const char c : text) {
    if (!utf8 && static_cast<unsigned char>(c) >= 0x80) {
      out += kReplacement;
    } else {
      AppendEscaped(out, c);
    }
  }
  return out;
}

std::string XmlTime(int64_t unix_ms) {
  std::string time = FormatIsoMillis(FromUnixMillis(unix_ms));
  return time.substr(0, time.find('.')) + "Z";
}

}  // namespace hearth::controller
