// ListFunctions: pages in the order of names, with opaque markers.
#include <fmt/format.h>

#include "absl/strings/numbers.h"
#include "common/crypto.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/function_configuration.h"
#include "controller/api/lambda/functions.h"
#include "controller/api/lambda/patterns.h"

namespace hearth::controller {
namespace {

constexpr int64_t kPageItems = 50;  // AWS returns at most this many, whatever was asked for
constexpr int64_t kMaxItems = 10000;
constexpr std::string_view kMarkerPrefix = "name:";

std::string MakeMarker(std::string_view last_name) {
  return Base64Encode(fmt::format("{}{}", kMarkerPrefix, last_name));
}

absl::StatusOr<std::string> ReadMarker(const std::string& marker) {
  const std::optional<std::string> text = Base64Decode(marker);
  if (text && text->starts_with(kMarkerPrefix)) return text->substr(kMarkerPrefix.size());
  return AwsError("InvalidParameterValueException", "The Marker is not one this operation returned.");
}

struct ListRequest {
  int64_t max_items = kPageItems;
  bool all_versions = false;
  std::string after;
};

absl::StatusOr<ListRequest> ReadListRequest(const ApiCall& call) {
  ListRequest request;
  Validation validation;
  if (const std::string* region = call.Query("MasterRegion")) {
    validation.Length("masterRegion", *region, 1, 50);
    validation.Pattern("masterRegion", *region, kMasterRegionPattern);
  }
  if (const std::string* version = call.Query("FunctionVersion")) {
    validation.Enum("functionVersion", *version, {"ALL"});
    request.all_versions = true;
  }
  if (const std::string* items = call.Query("MaxItems")) {
    if (!absl::SimpleAtoi(*items, &request.max_items)) {
      return AwsError("SerializationException", "STRING_VALUE can not be converted to an Integer");
    }
    validation.Range("maxItems", request.max_items, 1, kMaxItems);
  }
  RETURN_IF_ERROR(validation.Result());
  if (call.Query("MasterRegion") != nullptr) {
    return AwsError("InvalidParameterValueException",
                    "MasterRegion is not supported by Hearth: functions are not replicated to edge locations.");
  }
  const std::string* marker = call.Query("Marker");
  if (marker != nullptr && !marker->empty()) {
    ASSIGN_OR_RETURN(request.after, ReadMarker(*marker));
  }
  return request;
}

}  // namespace

absl::StatusOr<ApiReply> FunctionsApi::List(const ApiCall& call) {
  ASSIGN_OR_RETURN(const ListRequest request, ReadListRequest(call));
  const size_t limit = static_cast<size_t>(std::min(request.max_items, kPageItems));
  ASSIGN_OR_RETURN(std::vector<records::Function> page, functions_.List(call.caller.account, request.after, limit + 1));
  Json body{Json::Object()};
  if (page.size() > limit) {
    page.pop_back();
    body.Set("NextMarker", MakeMarker(page.back().latest().name()));
  }
  Json::Array functions;
  for (const records::Function& function : page) {
    const FunctionTarget target{function.latest().name(), request.all_versions ? "$LATEST" : ""};
    functions.push_back(
        RenderFunctionConfiguration(function.latest(), target.Arn(Scope(call)), Detail::kList, envelope_));
  }
  body.Set("Functions", Json(std::move(functions)));
  return ApiReply{200, {}, body.Dump()};
}

}  // namespace hearth::controller
