#include "controller/http/operations.h"

#include <fmt/format.h>

#include "controller/api/aws_error.h"

namespace hearth::controller {

absl::StatusOr<ApiReply> Operations::Run(std::string_view operation, const ApiCall& call) const {
  if (const OperationTable::Handler* handler = table_.Find(operation)) return (*handler)(call);
  return AwsError(
      "UnsupportedOperationException",
      fmt::format("Hearth does not carry out {}; docs/aws_compatibility.md lists what it does.", operation));
}

}  // namespace hearth::controller
