#include "controller/api/lambda/configuration/function_key.h"

#include <fmt/format.h>

#include "common/arn.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/patterns.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxKeyArnBytes = 10000;

// As KMS would have named it.
const char* KmsShape(KeyProblem problem) {
  switch (problem) {
    case KeyProblem::kNotFound:
      return "NotFoundException";
    case KeyProblem::kDisabled:
      return "DisabledException";
    case KeyProblem::kInvalidState:
      return "KMSInvalidStateException";
    case KeyProblem::kAccessDenied:
      return "AccessDeniedException";
  }
  return "";
}

absl::Status CheckOwner(std::string_view key_arn, const records::FunctionVersion& version) {
  const std::optional<Arn> arn = Arn::Parse(key_arn);
  if (!arn || arn->service != "kms")
    return RefuseFunctionKey(KeyProblem::kNotFound, fmt::format("Invalid arn {}", key_arn));
  if (arn->account == version.account()) return absl::OkStatus();
  return RefuseFunctionKey(KeyProblem::kAccessDenied, fmt::format("{} is a key of another account", key_arn));
}

// Whether the key seals at all, where there is nothing to seal.
absl::Status TryKey(const Envelope& envelope, const records::FunctionVersion& version) {
  if (version.kms_key_arn().empty()) return absl::OkStatus();
  return envelope.Seal("", EnvironmentContext(version), version.kms_key_arn()).status();
}

}  // namespace

absl::Status RefuseFunctionKey(KeyProblem problem, std::string_view message) {
  return AwsError("InvalidParameterValueException",
                  fmt::format("Lambda was unable to configure access to your environment variables because the KMS key "
                              "is invalid for CreateGrant. Please check your KMS key settings. KMS Exception: {} KMS "
                              "Message: {}",
                              KmsShape(problem), message));
}

std::optional<std::string> ReadKmsKeyArn(BodyReader& body, Validation& validation) {
  std::optional<std::string> arn = body.String("KMSKeyArn");
  if (!arn) return arn;
  validation.Length("kMSKeyArn", *arn, 0, kMaxKeyArnBytes);
  validation.Pattern("kMSKeyArn", *arn, kKmsKeyArnPattern);
  return arn;
}

absl::Status SealUnder(const std::optional<std::string>& key_arn, const std::optional<EnvironmentVariables>& variables,
                       const Envelope& envelope, records::FunctionVersion& version) {
  if (!key_arn && !variables) return absl::OkStatus();
  EnvironmentVariables kept;
  if (variables) {
    kept = *variables;
  } else {
    absl::StatusOr<EnvironmentVariables> opened = OpenEnvironment(envelope, version);
    if (!opened.ok()) return ToFunctionKeyError(opened.status());
    kept = *std::move(opened);
  }
  if (key_arn) {
    if (!key_arn->empty()) RETURN_IF_ERROR(CheckOwner(*key_arn, version));
    version.set_kms_key_arn(*key_arn);
  }
  if (variables) version.set_has_environment(true);
  absl::StatusOr<std::string> sealed = SealEnvironment(envelope, kept, version);
  absl::Status status = sealed.status();
  if (status.ok() && kept.empty()) status = TryKey(envelope, version);
  if (const std::optional<KeyProblem> problem = KeyProblemOf(status)) {
    return RefuseFunctionKey(*problem, std::string(status.message()));
  }
  RETURN_IF_ERROR(status);
  version.set_sealed_environment(*std::move(sealed));
  return absl::OkStatus();
}

absl::Status FunctionKeyError(KeyProblem problem) {
  const auto error = [](const char* shape, std::string_view why) {
    return AwsError(shape,
                    fmt::format("Lambda was unable to decrypt the environment variables because {}. Please check "
                                "the function's KMS key settings.",
                                why));
  };
  switch (problem) {
    case KeyProblem::kNotFound:
      return error("KMSNotFoundException", "the KMS key was not found");
    case KeyProblem::kDisabled:
      return error("KMSDisabledException", "the KMS key used is disabled");
    case KeyProblem::kInvalidState:
      return error("KMSInvalidStateException", "the state of the KMS key used is not valid for Decrypt");
    case KeyProblem::kAccessDenied:
      return error("KMSAccessDeniedException", "KMS access was denied");
  }
  return absl::InternalError("a key problem of no kind");
}

absl::Status ToFunctionKeyError(const absl::Status& status) {
  const std::optional<KeyProblem> problem = KeyProblemOf(status);
  return problem ? FunctionKeyError(*problem) : status;
}

}  // namespace hearth::controller
