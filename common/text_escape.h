// What JSON text may hold: UTF-8 checks, its length and the escaping of strings, shared by Json and by the log.
//
// Shapes:  output is always valid JSON text: bytes that are not UTF-8 become U+FFFD.
// Threads: no state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hearth {

bool IsValidUtf8(std::string_view text);
// The length of UTF-8 in UTF-16 code units, which is what AWS's limits of text count; a byte that is not UTF-8 counts
// one.
size_t Utf16Length(std::string_view text);
// Appends `text` between quotation marks; control bytes, quotes and backslashes are escaped.
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace hearth
