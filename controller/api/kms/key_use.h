// KeyUse is one use of a customer's key, as far as policies and grants ask about it.
//
// Shapes:  condition keys are in lower case: "kms:requestalias".
// Threads: a value type.
// Source:  AWS KMS Developer Guide, "Condition keys for AWS KMS", "Encryption context".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/io/json.h"
#include "controller/kms/kms_keys.h"

namespace hearth::controller {

struct KeyUse {
  // What the members of a request say. A member that the operation does not have says nothing.
  static KeyUse Read(std::string_view operation, const Json& input);

  // An encryption context means something to cryptographic operations, and to grants of them.
  bool HasContext() const;

  std::string operation;  // "Decrypt"; of ReEncrypt "ReEncryptFrom" or "ReEncryptTo"
  KmsContext context = {};
  // Of CreateGrant: what the new grant would allow, and whether with this context alone. Nobody hands on more than a
  // grant gave.
  std::vector<std::string> granted_operations = {};
  bool exact_context = true;
  std::string via_service = {};  // "lambda.us-east-1.amazonaws.com"; empty: asked for directly
  std::map<std::string, std::vector<std::string>, std::less<>> condition_keys = {};  // that only requests have
};

}  // namespace hearth::controller
