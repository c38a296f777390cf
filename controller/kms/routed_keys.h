// RoutedKeys is the KeyProvider of functions: the installation's keyring, or the customer's key that an ARN names.
//
// Shapes:  a key id that is an ARN is a customer's, of the account in the ARN.
// Errors:  those of the two; KeyProblem for a customer's key that cannot be used.
// Threads: any thread; blocks on disk.
#pragma once

#include "controller/kms/kms_keys.h"
#include "controller/secrets/key_provider.h"

namespace hearth::controller {

class RoutedKeys final : public KeyProvider {
 public:
  RoutedKeys(KeyProvider& own, const KmsKeys& customers) : own_(own), customers_(customers) {}

  std::string CurrentKeyId() const override { return own_.CurrentKeyId(); }
  absl::StatusOr<WrappedKey> Wrap(std::string_view data_key, std::string_view context) override {
    return own_.Wrap(data_key, context);
  }
  absl::StatusOr<WrappedKey> WrapUnder(std::string_view key_id, std::string_view data_key,
                                       std::string_view context) override;
  absl::StatusOr<std::string> Unwrap(const WrappedKey& wrapped, std::string_view context) const override;

 private:
  KeyProvider& own_;
  const KmsKeys& customers_;
};

}  // namespace hearth::controller
