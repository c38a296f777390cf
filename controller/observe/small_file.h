// Small files written whole or not at all: temporary file, rename.
//
// Threads: any thread; one writer per path.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace hearth::controller {

enum class Durability { kCache, kDurable };  // kDurable: the file and its name are on disk when it returns

absl::Status WriteSmallFile(const std::string& path, std::string_view content, Durability durability);
// Empty when there is none or it cannot be read.
std::string ReadSmallFile(const std::string& path);

}  // namespace hearth::controller
