#include "controller/api/lambda/publishing.h"

#include <fmt/format.h>

#include <utility>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/store/function_store.h"

namespace hearth::controller {
namespace {

constexpr size_t kEnvironmentKeyBytes = 16;

void MarkPending(records::FunctionVersion& version) {
  version.set_state(records::FunctionVersion::PENDING);
  version.set_state_reason("The function is being created.");
  version.set_state_reason_code("Creating");
}

void MarkActive(records::FunctionVersion& version) {
  version.set_state(records::FunctionVersion::ACTIVE);
  version.clear_state_reason();
  version.clear_state_reason_code();
  version.set_last_update_status(records::FunctionVersion::UPDATE_SUCCESSFUL);
}

// What is neither code nor configuration, and what is compared in another way.
void ClearIncidentals(records::FunctionVersion& version) {
  version.clear_version();
  version.clear_description();
  version.clear_sealed_environment();
  version.clear_revision_id();
  version.clear_last_modified_ms();
  version.clear_state();
  version.clear_state_reason();
  version.clear_state_reason_code();
  version.clear_last_update_status();
  version.clear_last_update_reason();
  version.clear_last_update_reason_code();
  version.clear_environment_key();
  // Which build of the runtime runs it is managed apart from the function: PutRuntimeManagementConfig.
  version.clear_update_runtime_on();
  version.clear_runtime_version_text();
  version.clear_runtime_version_arn();
}

std::string Comparable(records::FunctionVersion version) {
  ClearIncidentals(version);
  return version.SerializeAsString();
}

}  // namespace

absl::Status CheckUpdatable(const records::Function& function, const std::optional<std::string>& revision_id,
                            std::string_view arn) {
  if (IsUnsettled(function)) {
    return AwsError(
        "ResourceConflictException",
        fmt::format("The operation cannot be performed at this time. An update is in progress for resource: {}", arn));
  }
  if (revision_id && *revision_id != function.latest().revision_id()) return RevisionMismatch();
  return absl::OkStatus();
}

absl::Status RevisionMismatch() {
  return AwsError(
      "PreconditionFailedException",
      "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to "
      "retrieve the latest Revision Id");
}

absl::Status CodeStorageError(const absl::Status& status) {
  if (absl::IsOutOfRange(status)) return AwsError("CodeStorageExceededException", "Code storage limit exceeded.");
  return status;
}

absl::StatusOr<Publisher::Published> Publisher::Publish(FunctionEdit& edit,
                                                        const std::optional<std::string>& description, As as) const {
  absl::StatusOr<records::FunctionVersion> last = edit.GetVersion(edit.function.next_version() - 1);
  if (!last.ok() && !absl::IsNotFound(last.status())) return last.status();
  if (last.ok() && SameAs(*last, edit.function)) return Published{*std::move(last), false};
  ASSIGN_OR_RETURN(records::FunctionVersion version, MakeVersion(edit.function, description, as));
  RETURN_IF_ERROR(edit.PutVersion(version));
  return Published{std::move(version), true};
}

absl::StatusOr<records::FunctionVersion> Publisher::MakeVersion(records::Function& function,
                                                                const std::optional<std::string>& description,
                                                                As as) const {
  const records::FunctionVersion& latest = function.latest();
  records::FunctionVersion version = latest;
  const int64_t number = function.next_version();
  version.set_version(std::to_string(number));
  version.set_revision_id(random_.Uuid());
  version.set_environment_key(random_.Hex(kEnvironmentKeyBytes));
  if (description) version.set_description(*description);
  version.set_last_update_status(records::FunctionVersion::UPDATE_NONE);
  version.clear_last_update_reason();
  version.clear_last_update_reason_code();
  if (!latest.sealed_environment().empty()) {
    ASSIGN_OR_RETURN(const EnvironmentVariables variables, OpenEnvironment(envelope_, latest));
    ASSIGN_OR_RETURN(std::string sealed, SealEnvironment(envelope_, variables, version));
    version.set_sealed_environment(std::move(sealed));
  }
  function.set_next_version(number + 1);
  function.set_published_description(latest.description());
  switch (as) {
    case As::kActive:
      MarkActive(version);
      break;
    case As::kPending:
      MarkPending(version);
      function.set_publishing_version(number);
      break;
  }
  return version;
}

bool Publisher::SameAs(const records::FunctionVersion& published, const records::Function& function) const {
  const records::FunctionVersion& latest = function.latest();
  if (function.published_description() != latest.description()) return false;
  if (Comparable(published) != Comparable(latest)) return false;
  // Two seals of the same variables differ.
  const absl::StatusOr<EnvironmentVariables> was = OpenEnvironment(envelope_, published);
  const absl::StatusOr<EnvironmentVariables> is = OpenEnvironment(envelope_, latest);
  return was.ok() && is.ok() && *was == *is;
}

}  // namespace hearth::controller
