// QueryService is one AWS service of the query protocol: POST / with a form, or GET /?…, naming Action and Version.
//
// Errors:  Handle answers AWS errors (aws_error.h) under the service's own codes; the frontend renders them as XML.
// Threads: Handle is called on the API threads, several at once; it may block on disk.
// Source:  AWS IAM API Reference, "Making query requests"; botocore, the "query" protocol.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "controller/api/api_call.h"
#include "controller/api/query/query_input.h"

namespace hearth::controller {

class QueryService {
 public:
  virtual ~QueryService() = default;

  virtual std::string_view version() const = 0;        // "2010-05-08"
  virtual std::string_view signing_name() const = 0;   // "iam"
  virtual std::string_view xml_namespace() const = 0;  // "https://iam.amazonaws.com/doc/2010-05-08/"
  // Operations anyone may ask for without a signature: what they carry proves who asks.
  virtual bool IsUnsigned(std::string_view /*action*/) const { return false; }

  // The XML inside "<ActionResult>".
  virtual absl::StatusOr<std::string> Handle(const ApiCall& call, std::string_view action, const QueryInput& input) = 0;
};

}  // namespace hearth::controller
