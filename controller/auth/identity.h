// Identity says who signed a request.
//
// Threads: a value type.
#pragma once

#include <string>

namespace hearth::controller {

struct Identity {
  std::string account;        // 12 digits
  std::string principal_arn;  // "arn:aws:iam::ACCOUNT:root"
  std::string access_key_id;
};

}  // namespace hearth::controller
