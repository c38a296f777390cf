// Routes: the whole Lambda API on one screen, and which operation a request names.
//
// Shapes:  paths are matched raw, segment by segment; labels are percent-decoded once. "{Resource+}" takes the rest of
// the
//          path, slashes included. One slash at the end is ignored: older clients send it.
// Threads: no state.
// Source:  api.md "Operation index", "Wire conventions".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth::controller {

using QueryParameters = std::vector<std::pair<std::string, std::string>>;

struct RouteMatch {
  std::string_view operation;  // "GetFunction"
  std::map<std::string, std::string, std::less<>> labels;
};

// `path` is raw, `query` decoded. nullopt when no operation has this method and path.
std::optional<RouteMatch> MatchRoute(std::string_view method, std::string_view path, const QueryParameters& query);

// Every operation that has a route.
std::vector<std::string_view> RoutedOperations();

// Whether some operation has this path, whatever its method.
bool IsKnownPath(std::string_view path, const QueryParameters& query);

// The largest body an operation takes, and the name AWS gives the operation in its refusal of a larger one.
struct BodyLimit {
  size_t bytes = 0;
  std::string_view operation;
};
BodyLimit BodyLimitOf(std::string_view operation);

}  // namespace hearth::controller
