// SameText compares texts whose cases are not told apart: names of headers, tags and condition keys.
//
// Threads: no state.
#pragma once

#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace hearth {

inline bool SameText(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase(absl::string_view(a.data(), a.size()), absl::string_view(b.data(), b.size()));
}

}  // namespace hearth
