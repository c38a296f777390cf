// FunctionKeys judges the use of customers' keys by Lambda: of whoever sets one, and of a function that starts.
//
// Shapes:  Lambda asks under the encryption context {"aws:lambda:FunctionArn": the function's ARN}, as kms:ViaService
//          "lambda.REGION.amazonaws.com".
// Errors:  MayConfigure: InvalidParameterValueException in Lambda's words. MayDecrypt: KeyProblem.
// Threads: any thread; reads the key from the database.
// Source:  AWS Lambda Developer Guide, "Securing Lambda environment variables".
#pragma once

#include <string>

#include "controller/api/kms/key_access.h"
#include "controller/api/lambda/configuration/function_key.h"

namespace hearth::controller {

class FunctionKeys {
 public:
  FunctionKeys(const KmsKeys& keys, const KeyAccess& access) : keys_(keys), access_(access) {}

  // Whoever sets a key must be allowed to encrypt with it and to grant its use.
  absl::Status MayConfigure(const Identity& caller, const std::string& key_arn, const std::string& function_arn) const;
  // The role of a function may decrypt what an allowed caller sealed, unless a policy denies it.
  absl::Status MayDecrypt(const Identity& role_session, const std::string& key_arn,
                          const std::string& function_arn) const;

 private:
  const KmsKeys& keys_;
  const KeyAccess& access_;
};

KeyCheck CheckKeysWith(const FunctionKeys& keys);

}  // namespace hearth::controller
