#include "controller/http/routes.h"

#include <algorithm>
#include <iterator>

#include "common/limits.h"
#include "common/uri.h"

namespace hearth::controller {
namespace {

struct Route {
  std::string_view operation;
  std::string_view method;
  std::string_view path;
  std::string_view query = {};  // "name=value" that must be there; such a route comes before its plain twin
};

// clang-format off
constexpr Route kRoutes[] = {
    {"Invoke", "POST", "/2015-03-31/functions/{FunctionName}/invocations"},
    {"GetLayerVersionByArn", "GET", "/2018-10-31/layers", "find=LayerVersion"},
    {"ListProvisionedConcurrencyConfigs", "GET",
     "/2019-09-30/functions/{FunctionName}/provisioned-concurrency", "List=ALL"},
    {"CreateFunction", "POST", "/2015-03-31/functions"},
    {"GetFunction", "GET", "/2015-03-31/functions/{FunctionName}"},
    {"GetFunctionConfiguration", "GET", "/2015-03-31/functions/{FunctionName}/configuration"},
    {"UpdateFunctionCode", "PUT", "/2015-03-31/functions/{FunctionName}/code"},
    {"UpdateFunctionConfiguration", "PUT", "/2015-03-31/functions/{FunctionName}/configuration"},
    {"DeleteFunction", "DELETE", "/2015-03-31/functions/{FunctionName}"},
    {"ListFunctions", "GET", "/2015-03-31/functions"},
    {"PublishVersion", "POST", "/2015-03-31/functions/{FunctionName}/versions"},
    {"ListVersionsByFunction", "GET", "/2015-03-31/functions/{FunctionName}/versions"},
    {"CreateAlias", "POST", "/2015-03-31/functions/{FunctionName}/aliases"},
    {"GetAlias", "GET", "/2015-03-31/functions/{FunctionName}/aliases/{Name}"},
    {"UpdateAlias", "PUT", "/2015-03-31/functions/{FunctionName}/aliases/{Name}"},
    {"DeleteAlias", "DELETE", "/2015-03-31/functions/{FunctionName}/aliases/{Name}"},
    {"ListAliases", "GET", "/2015-03-31/functions/{FunctionName}/aliases"},
    {"AddPermission", "POST", "/2015-03-31/functions/{FunctionName}/policy"},
    {"GetPolicy", "GET", "/2015-03-31/functions/{FunctionName}/policy"},
    {"RemovePermission", "DELETE", "/2015-03-31/functions/{FunctionName}/policy/{StatementId}"},
    {"PublishLayerVersion", "POST", "/2018-10-31/layers/{LayerName}/versions"},
    {"GetLayerVersion", "GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}"},
    {"ListLayers", "GET", "/2018-10-31/layers"},
    {"ListLayerVersions", "GET", "/2018-10-31/layers/{LayerName}/versions"},
    {"DeleteLayerVersion", "DELETE", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}"},
    {"AddLayerVersionPermission", "POST", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy"},
    {"GetLayerVersionPolicy", "GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy"},
    {"RemoveLayerVersionPermission", "DELETE",
     "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId}"},
    {"PutFunctionConcurrency", "PUT", "/2017-10-31/functions/{FunctionName}/concurrency"},
    {"GetFunctionConcurrency", "GET", "/2019-09-30/functions/{FunctionName}/concurrency"},
    {"DeleteFunctionConcurrency", "DELETE", "/2017-10-31/functions/{FunctionName}/concurrency"},
    {"PutProvisionedConcurrencyConfig", "PUT", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency"},
    {"GetProvisionedConcurrencyConfig", "GET", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency"},
    {"DeleteProvisionedConcurrencyConfig", "DELETE", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency"},
    {"PutFunctionScalingConfig", "PUT", "/2025-11-30/functions/{FunctionName}/function-scaling-config"},
    {"GetFunctionScalingConfig", "GET", "/2025-11-30/functions/{FunctionName}/function-scaling-config"},
    {"PutFunctionEventInvokeConfig", "PUT", "/2019-09-25/functions/{FunctionName}/event-invoke-config"},
    {"UpdateFunctionEventInvokeConfig", "POST", "/2019-09-25/functions/{FunctionName}/event-invoke-config"},
    {"GetFunctionEventInvokeConfig", "GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config"},
    {"ListFunctionEventInvokeConfigs", "GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config/list"},
    {"DeleteFunctionEventInvokeConfig", "DELETE", "/2019-09-25/functions/{FunctionName}/event-invoke-config"},
    {"CreateEventSourceMapping", "POST", "/2015-03-31/event-source-mappings"},
    {"GetEventSourceMapping", "GET", "/2015-03-31/event-source-mappings/{UUID}"},
    {"ListEventSourceMappings", "GET", "/2015-03-31/event-source-mappings"},
    {"UpdateEventSourceMapping", "PUT", "/2015-03-31/event-source-mappings/{UUID}"},
    {"DeleteEventSourceMapping", "DELETE", "/2015-03-31/event-source-mappings/{UUID}"},
    {"CreateFunctionUrlConfig", "POST", "/2021-10-31/functions/{FunctionName}/url"},
    {"GetFunctionUrlConfig", "GET", "/2021-10-31/functions/{FunctionName}/url"},
    {"UpdateFunctionUrlConfig", "PUT", "/2021-10-31/functions/{FunctionName}/url"},
    {"DeleteFunctionUrlConfig", "DELETE", "/2021-10-31/functions/{FunctionName}/url"},
    {"ListFunctionUrlConfigs", "GET", "/2021-10-31/functions/{FunctionName}/urls"},
    {"TagResource", "POST", "/2017-03-31/tags/{Resource+}"},
    {"UntagResource", "DELETE", "/2017-03-31/tags/{Resource+}"},
    {"ListTags", "GET", "/2017-03-31/tags/{Resource+}"},
    {"CreateCodeSigningConfig", "POST", "/2020-04-22/code-signing-configs"},
    {"GetCodeSigningConfig", "GET", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"},
    {"UpdateCodeSigningConfig", "PUT", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"},
    {"DeleteCodeSigningConfig", "DELETE", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"},
    {"ListCodeSigningConfigs", "GET", "/2020-04-22/code-signing-configs"},
    {"ListFunctionsByCodeSigningConfig", "GET", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}/functions"},
    {"PutFunctionCodeSigningConfig", "PUT", "/2020-06-30/functions/{FunctionName}/code-signing-config"},
    {"GetFunctionCodeSigningConfig", "GET", "/2020-06-30/functions/{FunctionName}/code-signing-config"},
    {"DeleteFunctionCodeSigningConfig", "DELETE", "/2020-06-30/functions/{FunctionName}/code-signing-config"},
    {"PutRuntimeManagementConfig", "PUT", "/2021-07-20/functions/{FunctionName}/runtime-management-config"},
    {"GetRuntimeManagementConfig", "GET", "/2021-07-20/functions/{FunctionName}/runtime-management-config"},
    {"PutFunctionRecursionConfig", "PUT", "/2024-08-31/functions/{FunctionName}/recursion-config"},
    {"GetFunctionRecursionConfig", "GET", "/2024-08-31/functions/{FunctionName}/recursion-config"},
    {"GetAccountSettings", "GET", "/2016-08-19/account-settings"},
    {"InvokeAsync", "POST", "/2014-11-13/functions/{FunctionName}/invoke-async"},
    {"InvokeWithResponseStream", "POST", "/2021-11-15/functions/{FunctionName}/response-streaming-invocations"},
    {"CreateCapacityProvider", "POST", "/2025-11-30/capacity-providers"},
    {"GetCapacityProvider", "GET", "/2025-11-30/capacity-providers/{CapacityProviderName}"},
    {"UpdateCapacityProvider", "PUT", "/2025-11-30/capacity-providers/{CapacityProviderName}"},
    {"DeleteCapacityProvider", "DELETE", "/2025-11-30/capacity-providers/{CapacityProviderName}"},
    {"ListCapacityProviders", "GET", "/2025-11-30/capacity-providers"},
    {"ListFunctionVersionsByCapacityProvider", "GET",
     "/2025-11-30/capacity-providers/{CapacityProviderName}/function-versions"},
    {"CheckpointDurableExecution", "POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/checkpoint"},
    {"GetDurableExecution", "GET", "/2025-12-01/durable-executions/{DurableExecutionArn}"},
    {"GetDurableExecutionHistory", "GET", "/2025-12-01/durable-executions/{DurableExecutionArn}/history"},
    {"GetDurableExecutionState", "GET", "/2025-12-01/durable-executions/{DurableExecutionArn}/state"},
    {"ListDurableExecutionsByFunction", "GET", "/2025-12-01/functions/{FunctionName}/durable-executions"},
    {"StopDurableExecution", "POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/stop"},
    {"SendDurableExecutionCallbackSuccess", "POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/succeed"},
    {"SendDurableExecutionCallbackFailure", "POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/fail"},
    {"SendDurableExecutionCallbackHeartbeat", "POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/heartbeat"},
};
// clang-format on

constexpr size_t kControlBodyBytes = size_t{1} << 20;
constexpr size_t kMaxSegments = 64;

std::vector<std::string_view> Segments(std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  std::vector<std::string_view> segments;
  while (segments.size() < kMaxSegments) {
    const size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
  return {};
}

bool HasParameter(const QueryParameters& query, std::string_view parameter) {
  const size_t equals = parameter.find('=');
  return std::any_of(query.begin(), query.end(), [&](const auto& given) {
    return given.first == parameter.substr(0, equals) && given.second == parameter.substr(equals + 1);
  });
}

// The raw text from the first byte of `segment` to the end of the path.
std::string_view RestFrom(const std::vector<std::string_view>& segments, size_t index) {
  const char* begin = segments[index].data();
  return {begin, static_cast<size_t>(segments.back().data() + segments.back().size() - begin)};
}

// Fills `match` when the path has the template's form; the template's labels are not empty in the path.
bool MatchPath(std::string_view path_template, const std::vector<std::string_view>& path, RouteMatch& match) {
  std::string_view rest = path_template.substr(1);
  for (size_t i = 0; i < path.size(); ++i) {
    const size_t slash = rest.find('/');
    const std::string_view wanted = rest.substr(0, slash);
    if (wanted.starts_with('{') && path[i].empty()) return false;
    if (wanted.ends_with("+}")) {
      match.labels.emplace(wanted.substr(1, wanted.size() - 3), UriDecode(RestFrom(path, i)));
      return true;
    }
    if (wanted.starts_with('{')) {
      match.labels.emplace(wanted.substr(1, wanted.size() - 2), UriDecode(path[i]));
    } else if (wanted != path[i]) {
      return false;
    }
    if (slash == std::string_view::npos) return i + 1 == path.size();
    rest.remove_prefix(slash + 1);
  }
  return false;
}

// `method` empty: any.
std::optional<RouteMatch> FindRoute(std::string_view method, std::string_view path, const QueryParameters& query) {
  const std::vector<std::string_view> segments = Segments(path);
  if (segments.empty()) return std::nullopt;
  for (const Route& route : kRoutes) {
    if (!method.empty() && route.method != method) continue;
    if (!route.path.substr(1).starts_with(segments[0])) continue;
    if (!route.query.empty() && !HasParameter(query, route.query)) continue;
    RouteMatch match{route.operation, {}};
    if (MatchPath(route.path, segments, match)) return match;
  }
  return std::nullopt;
}

}  // namespace

std::optional<RouteMatch> MatchRoute(std::string_view method, std::string_view path, const QueryParameters& query) {
  if (method.empty()) return std::nullopt;
  return FindRoute(method, path, query);
}

std::vector<std::string_view> RoutedOperations() {
  std::vector<std::string_view> operations;
  for (const Route& route : kRoutes) operations.push_back(route.operation);
  return operations;
}

bool IsKnownPath(std::string_view path, const QueryParameters& query) { return FindRoute("", path, query).has_value(); }

BodyLimit BodyLimitOf(std::string_view operation) {
  if (operation == "Invoke") return {kMaxInvokeRequestBytes, "InvokeFunction"};
  if (operation == "InvokeWithResponseStream" || operation == "InvokeAsync") return {kMaxInvokeRequestBytes, operation};
  if (operation == "CreateFunction" || operation == "UpdateFunctionCode" || operation == "PublishLayerVersion")
    return {kMaxCreateFunctionBodyBytes, operation};
  return {kControlBodyBytes, operation};
}

}  // namespace hearth::controller
