// What the operations of IAM share: the request at hand, its checks, and the words of IAM's errors.
//
// Shapes:  parameters are IAM's ("RoleName"); in messages they begin with a small letter, as AWS shows them.
// Errors:  ValidationException (rendered as ValidationError), NoSuchEntity, LimitExceeded, MalformedPolicyDocument,
//          AccessDenied.
// Threads: one request, one thread.
// Source:  AWS IAM API Reference.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "controller/api/api_call.h"
#include "controller/api/lambda/validation.h"
#include "controller/api/query/query_input.h"
#include "controller/api/query/xml_writer.h"
#include "controller/auth/authorizer.h"
#include "controller/auth/policy_document.h"
#include "proto/records.pb.h"

namespace hearth::controller {

// One request on its way through an operation.
struct IamCall {
  const ApiCall& call;
  const QueryInput& input;
  const Authorizer& authorizer;
  std::string action;  // "CreateRole"
  XmlWriter& out;
  Validation validation = {};

  const std::string& account() const { return call.caller.account; }

  // Checked parameters. What is wrong is said by validation.Result(); absent optional ones are empty.
  std::string Name(std::string_view parameter, size_t maximum);
  std::string OptionalName(std::string_view parameter, size_t maximum);
  std::string Path(std::string_view parameter = "Path");
  std::string PathPrefix();
  std::string Description();
  std::string Document(std::string_view parameter);
  std::string PolicyArn(std::string_view parameter = "PolicyArn");
  std::string Required(std::string_view parameter, size_t minimum, size_t maximum);
  std::optional<int64_t> Integer(std::string_view parameter, int64_t minimum, int64_t maximum);
  std::vector<records::IdentityTag> Tags();

  // Whether the caller may do this action on `resource`.
  absl::Status Authorize(const std::string& resource, std::map<std::string, std::string> context = {}) const;
  // "arn:aws:iam::ACCOUNT:<type>/<name>", for a resource that may not be there.
  std::string ArnOfName(std::string_view type, std::string_view path_and_name) const;
};

absl::Status NoSuchEntity(std::string_view message);
absl::Status NoSuchRole(std::string_view name);
absl::Status NoSuchUser(std::string_view name);
absl::Status QuotaExceeded(std::string_view quota, int64_t limit);
// MalformedPolicyDocument in the policy language's words, or OK.
absl::Status CheckPolicy(std::string_view document, PolicyKind kind);
// The characters IAM counts of a policy: all but blanks.
size_t CountedCharacters(std::string_view document);
// Documents are shown percent-encoded.
void WriteDocument(XmlWriter& out, std::string_view tag, std::string_view document);

// Adds or replaces tags; refuses more than an entity may have.
absl::Status MergeTags(const std::vector<records::IdentityTag>& added,
                       google::protobuf::RepeatedPtrField<records::IdentityTag>& tags);
void RemoveTags(const std::vector<std::string>& keys, google::protobuf::RepeatedPtrField<records::IdentityTag>& tags);
void WriteTags(XmlWriter& out, const google::protobuf::RepeatedPtrField<records::IdentityTag>& tags);

}  // namespace hearth::controller
