// MD5, for the checksums that clients of queues compare; it protects nothing.
//
// Threads: no state.
#pragma once

#include <string>
#include <string_view>

namespace hearth {

std::string Md5Hex(std::string_view data);

}  // namespace hearth
