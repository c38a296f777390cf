// Percent-encoding and query strings as AWS reads them.
//
// Shapes:  the unreserved characters A-Z a-z 0-9 - . _ ~ stay, every other byte becomes %XX in capitals.
// Errors:  none: a '%' without two hex digits stands for itself.
// Threads: no state.
// Source:  AWS General Reference, "Create a signed AWS API request", UriEncode; RFC 3986.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth {

std::string UriEncode(std::string_view text);
// Leaves '/' as it is.
std::string UriEncodePath(std::string_view path);
// For a path or one of its segments: '+' is a plus sign.
std::string UriDecode(std::string_view text);
// The decoded parameters of a raw query in its order; "a" and "a=" both have an empty value, '+' is a space.
std::vector<std::pair<std::string, std::string>> ParseQuery(std::string_view query);

}  // namespace hearth
