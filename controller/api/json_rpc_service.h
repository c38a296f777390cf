// JsonRpcService is one AWS service of the awsJson protocol: POST / with "X-Amz-Target: <prefix>.<Operation>".
//
// Errors:  Handle answers AWS errors (aws_error.h); they are rendered as {"__type":…,"message":…}.
// Threads: Run and Handle are called on the API threads, several at once; they may block on disk, not on anyone else:
//          a service whose operations wait for something answers later, from any thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/async.h"
#include "common/io/json.h"
#include "controller/api/api_call.h"
#include "controller/api/aws_error.h"
#include "controller/auth/authorizer.h"

namespace hearth::controller {

struct RpcCall {
  ApiCall call;
  std::string operation;  // what follows the prefix
  Json input;             // an object; empty when the body was
  // Whether nobody waits for the answer any more.
  std::function<bool()> abandoned = nullptr;
};
using RpcCallPtr = std::shared_ptr<const RpcCall>;

class JsonRpcService {
 public:
  virtual ~JsonRpcService() = default;

  virtual std::string_view target_prefix() const = 0;  // "Logs_20140328"
  virtual std::string_view signing_name() const = 0;   // "logs"
  virtual std::string_view content_type() const { return "application/x-amz-json-1.1"; }

  // Whether the same request may come twice within a second, with the same signature: consumers ask again and again.
  virtual bool is_repeatable() const { return false; }
  // What the caller must be allowed to do; nullopt for an operation the service does not have. Called before Handle.
  virtual std::optional<AccessRequest> AccessOf(const ApiCall& call, std::string_view operation,
                                                const Json& input) const = 0;
  // Condition keys of that request beyond those of the call, which it asks too; nullptr: there are none. All that is
  // passed in outlives the answer.
  virtual std::unique_ptr<ConditionKeys> KeysOf(const ApiCall& /*call*/, std::string_view /*operation*/,
                                                const Json& /*input*/, const ConditionKeys& /*of_call*/) const {
    return nullptr;
  }
  virtual absl::StatusOr<Json> Handle(const ApiCall& call, std::string_view operation, const Json& input) = 0;
  virtual Async<absl::StatusOr<Json>> Run(RpcCallPtr rpc) { co_return Handle(rpc->call, rpc->operation, rpc->input); }
  // Precondition: !status.ok().
  virtual HttpResponse RenderError(const absl::Status& status) const { return RenderJsonRpcError(status); }
};

}  // namespace hearth::controller
