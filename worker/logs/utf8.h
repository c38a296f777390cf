// Utf8OrReplaced makes text fit to be stored: what is not UTF-8 becomes U+FFFD.
//
// What a function prints is bytes; a protobuf string that is not UTF-8 would make the controller refuse the whole
// batch. Threads: pure.
#pragma once

#include <string>
#include <string_view>

namespace hearth::worker {

std::string Utf8OrReplaced(std::string_view bytes);

// How many bytes at the end of `bytes` are the beginning of a character that is not complete yet: 0 to 3.
size_t IncompleteTail(std::string_view bytes);

}  // namespace hearth::worker
