// TextOf reads a member that is a text.
//
// Threads: no state.
#pragma once

#include <string>
#include <string_view>

#include "common/io/json.h"

namespace hearth {

// Empty when `object` is none, or the member is absent or no text.
inline std::string TextOf(const Json& object, std::string_view member) {
  const Json* found = object.is_object() ? object.Find(member) : nullptr;
  return found != nullptr && found->is_string() ? found->as_string() : "";
}

}  // namespace hearth
