// Paging reads MaxItems and Marker, and makes the markers that clients hand back.
//
// Shapes:  a page holds at most kPageItems, whatever was asked for. Markers are opaque: base64 of "kind:place".
// Errors:  ValidationException, SerializationException; InvalidParameterValueException for a marker of another list.
// Threads: no state.
// Source:  api.md "Wire conventions", pagination.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "controller/api/api_call.h"
#include "controller/api/lambda/validation.h"

namespace hearth::controller {

inline constexpr int64_t kPageItems = 50;
inline constexpr int64_t kMaxItems = 10000;  // that most operations let a client ask for

struct Paging {
  size_t limit = kPageItems;
  std::string after;  // what the marker says; empty at the start
};

// Constraints go into `validation`; the caller asks for its Result before it uses what is returned.
absl::StatusOr<Paging> ReadPaging(const ApiCall& call, std::string_view kind, Validation& validation,
                                  int64_t max_items = kMaxItems);
// What is said of a marker that is of another list, or none.
absl::Status ForeignMarker();
std::string MakeMarker(std::string_view kind, std::string_view place);

}  // namespace hearth::controller
