// JsonRpcService is one AWS service of the awsJson protocol: POST / with "X-Amz-Target: <prefix>.<Operation>".
//
// Errors:  Handle answers AWS errors (aws_error.h); the frontend renders them as {"__type":…,"message":…}.
// Threads: Handle is called on the API threads, several at once; it may block on disk.
#pragma once

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/io/json.h"
#include "controller/api/api_call.h"
#include "controller/auth/authorizer.h"

namespace hearth::controller {

class JsonRpcService {
 public:
  virtual ~JsonRpcService() = default;

  virtual std::string_view target_prefix() const = 0;  // "Logs_20140328"
  virtual std::string_view signing_name() const = 0;   // "logs"
  virtual std::string_view content_type() const { return "application/x-amz-json-1.1"; }

  // What the caller must be allowed to do; nullopt for an operation the service does not have. Called before Handle.
  virtual std::optional<AccessRequest> AccessOf(const ApiCall& call, std::string_view operation,
                                                const Json& input) const = 0;
  // `operation` is what follows the prefix; `input` is the parsed body (an object; empty when the body was).
  virtual absl::StatusOr<Json> Handle(const ApiCall& call, std::string_view operation, const Json& input) = 0;
};

}  // namespace hearth::controller
