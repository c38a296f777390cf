// XmlWriter builds well-formed XML: elements nest as its calls do, text is escaped.
//
// Shapes:  UTF-8; what XML 1.0 cannot hold (control characters, broken UTF-8) becomes U+FFFD.
// Threads: one.
// Source:  Extensible Markup Language 1.0, 2.2 "Characters", 2.4 "Character data and markup".
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace hearth::controller {

class XmlWriter {
 public:
  // <tag>…what `content` writes…</tag>. Tags are names of ours, never a client's.
  XmlWriter& Element(std::string_view tag, const std::function<void()>& content);
  XmlWriter& Text(std::string_view tag, std::string_view text);
  // `xml` is what another writer built.
  XmlWriter& Raw(std::string_view tag, const std::string& xml) {
    return Element(tag, [&] { out_ += xml; });
  }
  XmlWriter& Integer(std::string_view tag, int64_t value) { return Text(tag, std::to_string(value)); }
  XmlWriter& Boolean(std::string_view tag, bool value) { return Text(tag, value ? "true" : "false"); }

  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

std::string EscapeXml(std::string_view text);
// "2026-01-31T09:30:00Z".
std::string XmlTime(int64_t unix_ms);

}  // namespace hearth::controller
