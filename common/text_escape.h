// What JSON text may hold: UTF-8 checks and the escaping of strings, shared by Json and by the log.
//
// Shapes:  output is always valid JSON text: bytes that are not UTF-8 become U+FFFD.
// Threads: no state.
#pragma once

#include <string>
#include <string_view>

namespace hearth {

bool IsValidUtf8(std::string_view text);
// Appends `text` between quotation marks; control bytes, quotes and backslashes are escaped.
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace hearth
