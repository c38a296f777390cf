// What users and roles have alike: inline policies, attachments, a permissions boundary, tags.
//
// Errors:  IAM's codes.
// Threads: no state.
// Source:  AWS IAM API Reference.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "controller/api/query/xml_writer.h"
#include "controller/store/identity_store.h"

namespace hearth::controller {

// Whether `arn` is a managed policy AWS has, or one of `account`.
bool IsManagedPolicy(const IdentityStore& store, const std::string& arn, const std::string& account);
// What must be gone before a user or a role is deleted.
template <class Record>
absl::Status CheckHasNoPolicies(const Record& record);
// <PermissionsBoundary>, when there is one.
void WriteBoundary(XmlWriter& out, const std::string& arn);

}  // namespace hearth::controller
