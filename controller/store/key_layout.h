// Key layout names every key of the database in one place.
//
// Shapes:  "meta/format", "account/<id>", "access-key/<id>", "function/<account>/<name>", "code/<sha256>".
//          None of the parts can hold a '/': ids are checked before they come here.
// Threads: no state.
// Source:  docs/storage_format.md.
#pragma once

#include <string>
#include <string_view>

namespace hearth::controller {

inline constexpr std::string_view kFormatKey = "meta/format";
inline constexpr std::string_view kFormatVersion = "1";
inline constexpr std::string_view kAccountPrefix = "account/";
inline constexpr std::string_view kAccessKeyPrefix = "access-key/";
inline constexpr std::string_view kFunctionPrefix = "function/";
inline constexpr std::string_view kCodePrefix = "code/";

std::string AccountKey(std::string_view account);
std::string AccessKeyKey(std::string_view access_key_id);
std::string FunctionsOfAccountPrefix(std::string_view account);
std::string FunctionKey(std::string_view account, std::string_view name);
std::string CodeKey(std::string_view sha256_hex);

}  // namespace hearth::controller
