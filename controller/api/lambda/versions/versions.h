// VersionsApi answers PublishVersion and ListVersionsByFunction.
//
// Shapes:  rest-json of api.md §2.
// Errors:  AWS errors; a failure of the store is passed up as it is.
// Threads: any thread; blocks on disk.
// Source:  api.md §2; semantics.md §2.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/random.h"
#include "controller/api/lambda/function_name.h"
#include "controller/api/lambda/publishing.h"
#include "controller/api/operation_table.h"
#include "controller/secrets/envelope.h"
#include "controller/store/activator.h"
#include "controller/store/function_store.h"

namespace hearth::controller {

class VersionsApi {
 public:
  VersionsApi(std::string region, FunctionStore& functions, Activator& activator, const Envelope& envelope,
              Random& random)
      : region_(std::move(region)),
        functions_(functions),
        activator_(activator),
        envelope_(envelope),
        random_(random),
        publisher_(envelope, random) {}

  void AddTo(OperationTable& table);

  absl::StatusOr<ApiReply> Publish(const ApiCall& call);
  // $LATEST first, then ascending.
  absl::StatusOr<ApiReply> List(const ApiCall& call);

 private:
  FunctionScope Scope(const ApiCall& call) const { return {region_, call.caller.account}; }

  const std::string region_;
  FunctionStore& functions_;
  Activator& activator_;
  const Envelope& envelope_;
  Random& random_;
  const Publisher publisher_;
};

}  // namespace hearth::controller
