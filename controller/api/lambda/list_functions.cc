// ListFunctions: pages in the order of names, or of names and versions.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/function_configuration.h"
#include "controller/api/lambda/functions.h"
#include "controller/api/lambda/paging.h"
#include "controller/api/lambda/patterns.h"

namespace hearth::controller {
namespace {

constexpr char kMarkerKind[] = "functions";

struct ListRequest {
  Paging paging;
  bool all_versions = false;
  bool replicas_only = false;
};

absl::StatusOr<ListRequest> ReadListRequest(const ApiCall& call) {
  ListRequest request;
  Validation validation;
  if (const std::string* region = call.Query("MasterRegion")) {
    validation.Length("masterRegion", *region, 1, 50);
    validation.Pattern("masterRegion", *region, kMasterRegionPattern);
    request.replicas_only = true;
  }
  if (const std::string* version = call.Query("FunctionVersion")) {
    validation.Enum("functionVersion", *version, {"ALL"});
    request.all_versions = true;
  }
  ASSIGN_OR_RETURN(request.paging, ReadPaging(call, kMarkerKind, validation));
  RETURN_IF_ERROR(validation.Result());
  if (request.replicas_only && !request.all_versions) {
    return AwsError("InvalidParameterValueException", "FunctionVersion must be ALL when MasterRegion is given.");
  }
  return request;
}

// Where a page of ALL begins: after one version of one function.
struct Place {
  std::string name;
  int64_t version = 0;  // 0: $LATEST
};

Place PlaceOf(const records::FunctionVersion& version) {
  return {version.name(), ParseVersionNumber(version.version()).value_or(0)};
}

std::string Written(const Place& place) { return fmt::format("{}:{}", place.name, place.version); }

Place ReadPlace(const std::string& after) {
  const size_t colon = after.find(':');
  if (colon == std::string::npos) return {after, 0};
  return {after.substr(0, colon), ParseVersionNumber(after.substr(colon + 1)).value_or(0)};
}

}  // namespace

absl::StatusOr<ApiReply> FunctionsApi::List(const ApiCall& call) {
  ASSIGN_OR_RETURN(const ListRequest request, ReadListRequest(call));
  std::vector<records::FunctionVersion> page;
  // Functions are not replicated to edge locations: there is no replica of any region to show.
  if (!request.replicas_only) {
    ASSIGN_OR_RETURN(page, ReadPage(call.caller.account, request.paging, request.all_versions));
  }
  Json body{Json::Object()};
  if (page.size() > request.paging.limit) {
    page.pop_back();
    const Place last = PlaceOf(page.back());
    body.Set("NextMarker", MakeMarker(kMarkerKind, request.all_versions ? Written(last) : last.name));
  }
  Json::Array functions;
  for (const records::FunctionVersion& version : page) {
    const FunctionTarget target{version.name(), request.all_versions ? version.version() : ""};
    functions.push_back(RenderFunctionConfiguration(version, target.Arn(Scope(call)), Detail::kList, envelope_));
  }
  body.Set("Functions", Json(std::move(functions)));
  return ApiReply{200, {}, body.Dump()};
}

absl::StatusOr<std::vector<records::FunctionVersion>> FunctionsApi::ReadPage(const std::string& account,
                                                                             const Paging& paging,
                                                                             bool all_versions) const {
  const size_t wanted = paging.limit + 1;
  std::vector<records::FunctionVersion> page;
  const Place place = ReadPlace(paging.after);
  if (all_versions && !place.name.empty()) {
    ASSIGN_OR_RETURN(page, functions_.ListVersions({account, place.name}, place.version, wanted));
  }
  if (page.size() >= wanted) return page;
  ASSIGN_OR_RETURN(std::vector<records::Function> more, functions_.List(account, place.name, wanted - page.size()));
  for (records::Function& function : more) {
    if (page.size() == wanted) break;
    const FunctionId id{account, function.latest().name()};
    page.push_back(std::move(*function.mutable_latest()));
    if (!all_versions || page.size() == wanted) continue;
    ASSIGN_OR_RETURN(std::vector<records::FunctionVersion> versions,
                     functions_.ListVersions(id, 0, wanted - page.size()));
    std::move(versions.begin(), versions.end(), std::back_inserter(page));
  }
  return page;
}

}  // namespace hearth::controller
