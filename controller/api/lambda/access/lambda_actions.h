// LambdaActions says for every operation of the Lambda API which IAM action it is and what it is done to.
//
// Threads: no state.
// Source:  Service Authorization Reference, "Actions, resources, and condition keys for AWS Lambda".
#pragma once

#include <optional>
#include <string_view>

namespace hearth::controller {

// What an action is done to, as the request names it.
enum class ActionTarget {
  kNothing,            // "*"
  kFunction,           // the path's FunctionName
  kQualifiedFunction,  // the same with the qualifier that the request gives
  kFunctionOfBody,     // the body's FunctionName
  kLayer,              // the path's LayerName
  kLayerVersion,       // and VersionNumber
  kArnOfQuery,         // the query's Arn
  kEventSourceMapping,
  kCodeSigningConfig,
  kCapacityProvider,
  kTaggedResource,
  kDurableExecution,
};

struct LambdaAction {
  std::string_view operation;
  std::string_view action;
  ActionTarget target;
  // Callers of other accounts may do it when the function's policy and their own both allow it.
  bool across_accounts = false;
};

// nullptr for an operation nobody knows.
const LambdaAction* FindLambdaAction(std::string_view operation);

}  // namespace hearth::controller
