// ListLayers and ListLayerVersions: pages with opaque markers, by what the versions say they are compatible with.
#include <fmt/format.h>

#include <algorithm>

#include "absl/strings/numbers.h"
#include "common/errors.h"
#include "controller/api/lambda/layers/layer_target.h"
#include "controller/api/lambda/layers/layers.h"
#include "controller/api/lambda/paging.h"
#include "controller/api/lambda/runtime_ids.h"

namespace hearth::controller {
namespace {

constexpr size_t kScanPage = 100;
constexpr char kLayersMarker[] = "layers";
constexpr char kVersionsMarker[] = "layer-versions";

struct LayerQuery {
  Paging paging;             // after a name or a number
  std::string runtime;       // empty: any
  std::string architecture;  // empty: any

  bool Matches(const records::LayerVersion& version) const {
    return Has(version.compatible_runtimes(), runtime) && Has(version.compatible_architectures(), architecture);
  }

 private:
  template <class Names>
  static bool Has(const Names& names, const std::string& wanted) {
    return wanted.empty() || std::find(names.begin(), names.end(), wanted) != names.end();
  }
};

absl::StatusOr<LayerQuery> ReadQuery(const ApiCall& call, std::string_view marker_kind, Validation& validation) {
  LayerQuery query;
  if (const std::string* architecture = call.Query("CompatibleArchitecture")) {
    validation.Enum("compatibleArchitecture", *architecture, {"x86_64", "arm64"});
    query.architecture = *architecture;
  }
  if (const std::string* runtime = call.Query("CompatibleRuntime")) {
    if (!IsRuntimeId(*runtime)) {
      validation.Fail("compatibleRuntime", *runtime,
                      fmt::format("Member must satisfy enum value set: [{}]", AllRuntimeIds()));
    }
    query.runtime = *runtime;
  }
  ASSIGN_OR_RETURN(query.paging, ReadPaging(call, marker_kind, validation, kPageItems));
  RETURN_IF_ERROR(validation.Result());
  return query;
}

// Versions that match, newest first below `below`, at most `limit`.
absl::StatusOr<std::vector<records::LayerVersion>> Matching(const LayerStore& layers, const LayerVersionId& layer,
                                                            int64_t below, const LayerQuery& query, size_t limit) {
  std::vector<records::LayerVersion> found;
  while (true) {
    ASSIGN_OR_RETURN(std::vector<records::LayerVersion> page,
                     layers.ListVersions(layer.account, layer.name, below, kScanPage));
    for (records::LayerVersion& version : page) {
      below = version.version();
      if (query.Matches(version)) found.push_back(std::move(version));
      if (found.size() == limit) return found;
    }
    if (page.size() < kScanPage) return found;
  }
}

Json RenderLayer(const records::LayerVersion& latest) {
  return Json(Json::Object{{"LayerName", latest.name()},
                           {"LayerArn", LayerArn(latest.region(), latest.account(), latest.name())},
                           {"LatestMatchingVersion", RenderLayerVersion(latest)}});
}

}  // namespace

absl::StatusOr<ApiReply> LayersApi::List(const ApiCall& call) {
  Validation validation;
  ASSIGN_OR_RETURN(const LayerQuery query, ReadQuery(call, kLayersMarker, validation));
  std::vector<records::LayerVersion> found;  // one more than asked for, when there is one
  std::string after = query.paging.after;
  for (bool more = true; more && found.size() <= query.paging.limit;) {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, layers_.ListNames(call.caller.account, after, kScanPage));
    for (const std::string& name : names) {
      after = name;
      ASSIGN_OR_RETURN(std::vector<records::LayerVersion> newest,
                       Matching(layers_, {call.caller.account, name, 0}, 0, query, 1));
      if (!newest.empty()) found.push_back(std::move(newest[0]));
      if (found.size() > query.paging.limit) break;
    }
    more = names.size() == kScanPage;
  }
  Json body{Json::Object()};
  if (found.size() > query.paging.limit) {
    found.pop_back();
    body.Set("NextMarker", MakeMarker(kLayersMarker, found.back().name()));
  }
  Json::Array layers;
  for (const records::LayerVersion& latest : found) layers.push_back(RenderLayer(latest));
  body.Set("Layers", Json(std::move(layers)));
  return ApiReply{200, {}, body.Dump()};
}

absl::StatusOr<ApiReply> LayersApi::ListVersions(const ApiCall& call) {
  Validation validation;
  ValidateLayerName(call, validation);
  ASSIGN_OR_RETURN(const LayerQuery query, ReadQuery(call, kVersionsMarker, validation));
  ASSIGN_OR_RETURN(const LayerVersionId layer, ReadOwnLayer(call, region_));
  int64_t below = 0;
  if (!query.paging.after.empty() && (!absl::SimpleAtoi(query.paging.after, &below) || below < 1)) {
    return ForeignMarker();
  }
  ASSIGN_OR_RETURN(std::vector<records::LayerVersion> found,
                   Matching(layers_, layer, below, query, query.paging.limit + 1));
  Json body{Json::Object()};
  if (found.size() > query.paging.limit) {
    found.pop_back();
    body.Set("NextMarker", MakeMarker(kVersionsMarker, std::to_string(found.back().version())));
  }
  Json::Array versions;
  for (const records::LayerVersion& version : found) versions.push_back(RenderLayerVersion(version));
  body.Set("LayerVersions", Json(std::move(versions)));
  return ApiReply{200, {}, body.Dump()};
}

}  // namespace hearth::controller
