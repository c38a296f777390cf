#include "controller/api/lambda/code_signing/code_trust.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/errors.h"
#include "common/log.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/code_signing/code_signing_arn.h"

namespace hearth::controller {
namespace {

bool Allows(const records::CodeSigningConfig& config, const SignatureVerdict& verdict) {
  const auto& allowed = config.profile_version_arns();
  return verdict.kind == SignatureVerdict::Kind::kTrusted &&
         std::find(allowed.begin(), allowed.end(), verdict.profile_version_arn) != allowed.end();
}

}  // namespace

SignatureVerdict CodeTrust::Judge(std::string_view zip) const {
  return JudgeSignature(zip, profiles_, UnixMillis(clock_.Wall()) / 1000);
}

std::string CodeTrust::SignerOf(std::string_view zip) const { return Judge(zip).profile_version_arn; }

absl::StatusOr<records::CodeSigningConfig> CodeTrust::FindConfig(const std::string& account,
                                                                 const std::string& arn) const {
  absl::StatusOr<records::CodeSigningConfig> config = configs_.Get(account, CodeSigningConfigId(arn, region_, account));
  if (!absl::IsNotFound(config.status())) return config;
  return AwsError("CodeSigningConfigNotFoundException",
                  fmt::format("The code signing configuration cannot be found. Check that the provided configuration "
                              "is not deleted: {}.",
                              arn));
}

absl::Status CodeTrust::CheckCode(const records::Function& function, std::string_view zip) const {
  if (function.code_signing_config_arn().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const records::CodeSigningConfig config,
                   FindConfig(function.latest().account(), function.code_signing_config_arn()));
  return Check(config, zip, fmt::format("function {}", function.latest().name()));
}

absl::Status CodeTrust::CheckLayers(const records::Function& function) const {
  if (function.code_signing_config_arn().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const records::CodeSigningConfig config,
                   FindConfig(function.latest().account(), function.code_signing_config_arn()));
  for (const records::UsedLayer& layer : function.latest().layers()) {
    ASSIGN_OR_RETURN(const std::string zip, read_package_(layer.code_sha256_hex()));
    RETURN_IF_ERROR(Check(config, zip, fmt::format("layer version {}", layer.arn())));
  }
  return absl::OkStatus();
}

absl::Status CodeTrust::Check(const records::CodeSigningConfig& config, std::string_view zip,
                              std::string_view what) const {
  const SignatureVerdict verdict = Judge(zip);
  if (verdict.kind == SignatureVerdict::Kind::kBroken) {
    return AwsError("InvalidCodeSignatureException",
                    fmt::format("The signature of the package for {} does not fit the package.", what));
  }
  if (Allows(config, verdict)) return absl::OkStatus();
  if (!config.enforce()) {
    LogWarn("untrusted code is deployed", {{"account", config.account()},
                                           {"code_signing_config", CodeSigningConfigArn(config)},
                                           {"package", std::string(what)}});
    return absl::OkStatus();
  }
  return AwsError("CodeVerificationFailedException",
                  fmt::format("The package for {} carries no valid signature of a publisher that the code signing "
                              "configuration {} allows.",
                              what, CodeSigningConfigArn(config)));
}

}  // namespace hearth::controller
