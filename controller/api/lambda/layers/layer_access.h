// LayerAccess decides who may get a layer version: whom the policies of both sides let.
//
// Shapes:  a policy is the JSON that LayerPermissionsApi writes; empty when the version has none.
// Errors:  AccessDeniedException with AWS's text. What is not there is denied to other accounts like what is closed to
//          them, so that nobody can ask which layers an account has.
// Threads: any thread; memory only.
// Source:  Lambda Developer Guide, "Granting layer access to other accounts".
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "controller/auth/authorizer.h"
#include "controller/auth/identity.h"

namespace hearth::controller {

class LayerAccess {
 public:
  explicit LayerAccess(const Authorizer& authorizer) : authorizer_(authorizer) {}

  // `owner` is the layer's account; `policy` is empty for a version that is not there.
  absl::Status Check(const Identity& caller, std::string_view owner, std::string_view layer_version_arn,
                     std::string_view policy) const;

 private:
  const Authorizer& authorizer_;
};

}  // namespace hearth::controller
