// PlainKeys wraps nothing: for tests whose subject is not the sealing itself.
#pragma once

#include <string>
#include <string_view>

#include "controller/secrets/key_provider.h"

namespace hearth::controller {

class PlainKeys final : public KeyProvider {
 public:
  std::string CurrentKeyId() const override { return current; }
  absl::StatusOr<WrappedKey> Wrap(std::string_view data_key, std::string_view) override {
    return WrappedKey{current, std::string(data_key)};
  }
  absl::StatusOr<std::string> Unwrap(const WrappedKey& wrapped, std::string_view) const override {
    return wrapped.bytes;
  }

  std::string current = "k";  // a test that replaces it rotates the key
};

}  // namespace hearth::controller
