#include "controller/api/kms/function_keys.h"

#include <fmt/format.h>

#include "common/arn.h"

namespace hearth::controller {
namespace {

KeyUse LambdaUse(std::string operation, const records::KmsKey& key, const std::string& function_arn) {
  return {.operation = std::move(operation),
          .context = {{"aws:lambda:FunctionArn", function_arn}},
          .via_service = fmt::format("lambda.{}.amazonaws.com", key.region())};
}

KmsScope ScopeOf(const std::string& key_arn) {
  const std::optional<Arn> arn = Arn::Parse(key_arn);
  return arn ? KmsScope{arn->region, arn->account} : KmsScope();
}

}  // namespace

absl::Status FunctionKeys::MayConfigure(const Identity& caller, const std::string& key_arn,
                                        const std::string& function_arn) const {
  const absl::StatusOr<records::KmsKey> key = keys_.Find(ScopeOf(key_arn), key_arn);
  if (KeyProblemOf(key.status())) return absl::OkStatus();  // sealing has said, or will say, what is wrong with it
  if (!key.ok()) return key.status();
  for (const char* operation : {"CreateGrant", "Encrypt"}) {
    const absl::Status allowed = access_.Check(caller, *key, LambdaUse(operation, *key, function_arn));
    if (!allowed.ok()) return RefuseFunctionKey(KeyProblem::kAccessDenied, std::string(allowed.message()));
  }
  return absl::OkStatus();
}

absl::Status FunctionKeys::MayDecrypt(const Identity& role_session, const std::string& key_arn,
                                      const std::string& function_arn) const {
  const absl::StatusOr<records::KmsKey> key = keys_.Find(ScopeOf(key_arn), key_arn);
  if (!key.ok()) return key.status();
  const absl::Status allowed = access_.Check(role_session, *key, LambdaUse("Decrypt", *key, function_arn),
                                             /*of_call=*/nullptr, /*lambda_serves=*/true);
  return allowed.ok() ? allowed : KeyProblemError(KeyProblem::kAccessDenied, std::string(allowed.message()));
}

KeyCheck CheckKeysWith(const FunctionKeys& keys) {
  return [&keys](const Identity& caller, const std::string& key_arn, const std::string& function_arn) {
    return keys.MayConfigure(caller, key_arn, function_arn);
  };
}

}  // namespace hearth::controller
