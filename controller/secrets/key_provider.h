// KeyProvider wraps and unwraps data keys with a key-encryption key that never leaves it.
//
// Shapes:  a data key is 32 bytes; `context` is authenticated and must be the same again for Unwrap.
// Errors:  NotFound for a key id it does not hold, DataLoss when the wrapped key or its context was changed.
// Threads: any thread.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace hearth::controller {

struct WrappedKey {
  std::string key_id;  // of the key-encryption key
  std::string bytes;
};

class KeyProvider {
 public:
  virtual ~KeyProvider() = default;
  virtual std::string CurrentKeyId() const = 0;
  virtual absl::StatusOr<WrappedKey> Wrap(std::string_view data_key, std::string_view context) = 0;
  // Under a key that is named; a provider that does not override it has the current one only.
  virtual absl::StatusOr<WrappedKey> WrapUnder(std::string_view key_id, std::string_view data_key,
                                               std::string_view context) {
    if (key_id == CurrentKeyId()) return Wrap(data_key, context);
    return absl::NotFoundError(absl::string_view(key_id.data(), key_id.size()));
  }
  virtual absl::StatusOr<std::string> Unwrap(const WrappedKey& wrapped, std::string_view context) const = 0;
};

}  // namespace hearth::controller
