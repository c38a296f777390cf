// LocalKeyring is a KeyProvider whose keys lie in one file of the data folder, readable by its owner only.
//
// Shapes:  line 1 "hearth-keyring 1"; then one line per key, oldest first: "<key id> <64 hex digits>". The last key
// wraps. Errors:  FailedPrecondition when others may read the file; DataLoss when it cannot be read as a keyring. A
// missing file
//          is created with one key; losing it loses every secret sealed with it.
// Threads: any thread; fixed after Open.
// Source:  identity.md 3.3.
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "common/random.h"
#include "controller/secrets/key_provider.h"

namespace hearth::controller {

class LocalKeyring final : public KeyProvider {
 public:
  static absl::StatusOr<LocalKeyring> Open(const std::string& path, Random& random);
  ~LocalKeyring() override;
  LocalKeyring(LocalKeyring&&) = default;

  std::string CurrentKeyId() const override { return current_; }
  absl::StatusOr<WrappedKey> Wrap(std::string_view data_key, std::string_view context) override;
  absl::StatusOr<std::string> Unwrap(const WrappedKey& wrapped, std::string_view context) const override;

 private:
  explicit LocalKeyring(Random& random) : random_(&random) {}
  absl::Status Parse(std::string_view text, const std::string& path);

  Random* random_;
  std::map<std::string, std::string> keys_;  // id -> 32 bytes
  std::string current_;
};

}  // namespace hearth::controller
