#include "controller/store/key_layout.h"

#include <fmt/format.h>

namespace hearth::controller {

std::string AccountKey(std::string_view account) { return fmt::format("{}{}", kAccountPrefix, account); }

std::string AccessKeyKey(std::string_view access_key_id) {
  return fmt::format("{}{}", kAccessKeyPrefix, access_key_id);
}

std::string FunctionsOfAccountPrefix(std::string_view account) {
  return fmt::format("{}{}/", kFunctionPrefix, account);
}

std::string FunctionKey(std::string_view account, std::string_view name) {
  return fmt::format("{}{}/{}", kFunctionPrefix, account, name);
}

std::string CodeKey(std::string_view sha256_hex) { return fmt::format("{}{}", kCodePrefix, sha256_hex); }

}  // namespace hearth::controller
