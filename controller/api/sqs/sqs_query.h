// SqsQuery speaks the query protocol of SQS: it reads forms into what SqsApi takes, and writes its answers as XML.
//
// Shapes:  lists are flattened ("AttributeName.1"), maps are lists of names and values ("Attribute.1.Name",
//          "Attribute.1.Value"); answers repeat an element per value.
// Errors:  SqsApi's, by the codes of this protocol.
// Threads: those of SqsApi.
// Source:  SQS Developer Guide, "Making Query API requests"; botocore 1.29, the model of sqs.
#pragma once

#include <string>
#include <string_view>

#include "controller/api/query_service.h"
#include "controller/api/sqs/sqs_api.h"

namespace hearth::controller {

class SqsQuery final : public QueryService {
 public:
  SqsQuery(SqsApi& api, const Authorizer& authorizer) : api_(api), authorizer_(authorizer) {}

  std::string_view version() const override { return "2012-11-05"; }
  std::string_view signing_name() const override { return "sqs"; }
  std::string_view xml_namespace() const override { return "http://queue.amazonaws.com/doc/2012-11-05/"; }
  bool is_global() const override { return false; }
  bool is_repeatable() const override { return true; }
  bool HasResult(std::string_view action) const override;
  std::optional<QueryError> ErrorOf(std::string_view shape) const override;
  absl::StatusOr<std::string> Handle(const ApiCall& call, std::string_view action, const QueryInput& input) override;
  Async<absl::StatusOr<std::string>> Run(QueryCallPtr query) override;

 private:
  absl::StatusOr<RpcCallPtr> Read(const QueryCall& query) const;

  SqsApi& api_;
  const Authorizer& authorizer_;
};

// The members of a request to SqsApi in a form.
Json SqsMembersOf(const QueryInput& form, std::string_view action);
// An answer of SqsApi as the elements of this protocol.
std::string SqsXmlOf(const Json& answer, std::string_view action);

}  // namespace hearth::controller
