// What the operations of STS share: checked parameters, session policies, and the shape of credentials.
//
// Errors:  AWS's; ValidationException is rendered as ValidationError.
// Threads: one request, one thread.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "controller/api/lambda/validation.h"
#include "controller/api/query/query_input.h"
#include "controller/api/query/xml_writer.h"
#include "controller/auth/role_sessions.h"

namespace hearth::controller {

extern const TextPattern kSessionNamePattern;

struct SecondsRange {
  int64_t minimum, maximum, otherwise;
};

std::string RequiredText(const QueryInput& input, std::string_view parameter, std::string_view member, size_t minimum,
                         size_t maximum, Validation& validation);
// DurationSeconds.
int64_t Seconds(const QueryInput& input, const SecondsRange& range, Validation& validation);
absl::Status StsInvalid(std::string_view message);
// PackedPolicyTooLarge, for tags and policies together.
absl::Status SessionTooLarge();
// Refuses the first of `parameters` that was given: it would have to change what the session may do.
absl::Status RefuseGiven(const QueryInput& input, std::initializer_list<std::string_view> parameters);

// The session policies of a request as one document; empty when there are none.
absl::StatusOr<std::string> SessionPolicyOf(const IdentityStore& identities, const std::string& account,
                                            const QueryInput& input);

void WriteCredentials(XmlWriter& out, const IssuedSession& issued);
// Credentials, AssumedRoleUser, and with a policy PackedPolicySize.
void WriteRoleSession(XmlWriter& out, const IssuedSession& issued, const std::string& policy);

}  // namespace hearth::controller
