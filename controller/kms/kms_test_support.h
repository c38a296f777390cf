// Keys of customers on an in-memory database, with a clock that stands still and a keyring of two keys.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "common/crypto.h"
#include "controller/kms/kms_keys.h"

namespace hearth::controller {

// Wraps with one of two keys, "old" and "new".
class TwoKeys final : public KeyProvider {
 public:
  std::string CurrentKeyId() const override { return current; }
  absl::StatusOr<WrappedKey> Wrap(std::string_view data_key, std::string_view context) override {
    return WrappedKey{current, SealAesGcm(KeyNamed(current), std::string(12, 'n'), data_key, context)};
  }
  absl::StatusOr<std::string> Unwrap(const WrappedKey& wrapped, std::string_view context) const override {
    if (wrapped.key_id == retired) return absl::NotFoundError("retired");
    return OpenAesGcm(KeyNamed(wrapped.key_id), std::string(12, 'n'), wrapped.bytes, context);
  }

  std::string current = "old";
  std::string retired;

 private:
  static std::string KeyNamed(const std::string& id) { return std::string(32, id == "old" ? 'o' : 'n'); }
};

class KmsTest : public testing::Test {
 protected:
  FakeClock clock_;
  SeededRandom random_{42};
  TwoKeys provider_;
  Envelope envelope_{provider_, random_};
  const std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  KmsKeys keys_{*database_, envelope_, clock_, random_};
  const KmsScope scope_{"eu-west-1", "000000000000"};
};

}  // namespace hearth::controller
