#include "controller/api/lambda/paging.h"

#include <fmt/format.h>

#include <algorithm>

#include "absl/strings/numbers.h"
#include "common/crypto.h"
#include "controller/api/aws_error.h"

namespace hearth::controller {

absl::StatusOr<Paging> ReadPaging(const ApiCall& call, std::string_view kind, Validation& validation,
                                  int64_t max_items) {
  Paging paging;
  if (const std::string* items = call.Query("MaxItems")) {
    int64_t asked = 0;
    if (!absl::SimpleAtoi(*items, &asked)) {
      return AwsError("SerializationException", "STRING_VALUE can not be converted to an Integer");
    }
    validation.Range("maxItems", asked, 1, max_items);
    paging.limit = static_cast<size_t>(std::clamp<int64_t>(asked, 1, kPageItems));
  }
  const std::string* marker = call.Query("Marker");
  if (marker == nullptr || marker->empty()) return paging;
  const std::optional<std::string> text = Base64Decode(*marker);
  const std::string prefix = fmt::format("{}:", kind);
  if (!text || !text->starts_with(prefix)) return ForeignMarker();
  paging.after = text->substr(prefix.size());
  return paging;
}

absl::Status ForeignMarker() {
  return AwsError("InvalidParameterValueException", "The Marker is not one this operation returned.");
}

std::string MakeMarker(std::string_view kind, std::string_view place) {
  return Base64Encode(fmt::format("{}:{}", kind, place));
}

}  // namespace hearth::controller
