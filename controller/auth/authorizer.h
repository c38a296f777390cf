// Authorizer decides whether a caller may do one action on one resource.
//
// Shapes:  actions are IAM's ("lambda:InvokeFunction"), resources are ARNs, or "*" for actions without one.
// Errors:  AccessDeniedException with AWS's text; never anything else.
// Threads: any thread; reads memory only, so that it can stand on the invoke path.
// Source:  identity.md 3.2; IAM User Guide, "Policy evaluation logic".
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "controller/auth/identity.h"

namespace hearth::controller {

struct AccessRequest {
  std::string action;
  std::string resource;
  // Condition keys beyond those that follow from the caller, e.g. "lambda:FunctionUrlAuthType".
  std::map<std::string, std::string> context;
};

class Authorizer {
 public:
  virtual ~Authorizer() = default;
  virtual absl::Status Authorize(const Identity& caller, const AccessRequest& request) const = 0;
};

}  // namespace hearth::controller
