// KeyProblem is why a key of the customer's cannot be used: the customer's doing, unlike a failure of the store.
//
// Threads: no state.
#pragma once

#include <optional>
#include <string_view>

#include "absl/status/status.h"

namespace hearth::controller {

enum class KeyProblem { kNotFound, kDisabled, kInvalidState, kAccessDenied };

// `message` names the key.
absl::Status KeyProblemError(KeyProblem problem, std::string_view message);
// nullopt for any other status.
std::optional<KeyProblem> KeyProblemOf(const absl::Status& status);

}  // namespace hearth::controller
