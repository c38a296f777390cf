// QueryService is one AWS service of the query protocol: POST / with a form, or GET /?…, naming Action and Version.
//
// Errors:  Handle answers AWS errors (aws_error.h) under the service's own codes; the frontend renders them as XML.
// Threads: Run and Handle are called on the API threads, several at once; they may block on disk, not on anyone else.
// Source:  AWS IAM API Reference, "Making query requests"; botocore, the "query" protocol.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/async.h"
#include "controller/api/api_call.h"
#include "controller/api/query/query_input.h"

namespace hearth::controller {

struct QueryCall {
  ApiCall call;
  std::string path;  // "/", or what the service puts there
  std::string action;
  QueryInput input;
  // Whether nobody waits for the answer any more.
  std::function<bool()> abandoned = nullptr;
};
using QueryCallPtr = std::shared_ptr<const QueryCall>;

// What the query protocol calls an error of the service's own.
struct QueryError {
  std::string code;
  int http_status = 400;
};

class QueryService {
 public:
  virtual ~QueryService() = default;

  virtual std::string_view version() const = 0;        // "2010-05-08"
  virtual std::string_view signing_name() const = 0;   // "iam"
  virtual std::string_view xml_namespace() const = 0;  // "https://iam.amazonaws.com/doc/2010-05-08/"
  // Operations anyone may ask for without a signature: what they carry proves who asks.
  virtual bool IsUnsigned(std::string_view /*action*/) const { return false; }
  // Whether signatures of other regions count, too.
  virtual bool is_global() const { return true; }
  // Whether the same request may come twice within a second, with the same signature.
  virtual bool is_repeatable() const { return false; }
  // Whether the answer of an operation has an "<ActionResult>".
  virtual bool HasResult(std::string_view /*action*/) const { return true; }
  // nullopt: as the other services of the protocol call it.
  virtual std::optional<QueryError> ErrorOf(std::string_view /*shape*/) const { return std::nullopt; }

  // The XML inside "<ActionResult>".
  virtual absl::StatusOr<std::string> Handle(const ApiCall& call, std::string_view action, const QueryInput& input) = 0;
  virtual Async<absl::StatusOr<std::string>> Run(QueryCallPtr query) {
    co_return Handle(query->call, query->action, query->input);
  }
};

}  // namespace hearth::controller
