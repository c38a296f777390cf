// LocalKeyring is a KeyProvider whose keys lie in one file of the data folder, readable by its owner only.
//
// Shapes:  line 1 "hearth-keyring 1"; then one line per key, oldest first: "<key id> <64 hex digits>". The last key
//          wraps.
// Errors:  FailedPrecondition when others may read the file; DataLoss when it cannot be read as a keyring. A missing
//          file is created with one key; losing it loses every secret sealed with it.
// Threads: any thread. A change of the file is durable before it counts.
// Limits:  kMaxKeys.
// Source:  identity.md 3.3.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "common/random.h"
#include "controller/secrets/key_provider.h"

namespace hearth::controller {

class LocalKeyring final : public KeyProvider {
 public:
  static constexpr size_t kMaxKeys = 16;

  static absl::StatusOr<std::unique_ptr<LocalKeyring>> Open(const std::string& path, Random& random);
  // Empty until loaded: Open is the way in.
  LocalKeyring(std::string path, Random& random) : path_(std::move(path)), random_(random) {}
  ~LocalKeyring() override;

  std::string CurrentKeyId() const override;
  absl::StatusOr<WrappedKey> Wrap(std::string_view data_key, std::string_view context) override;
  absl::StatusOr<WrappedKey> WrapUnder(std::string_view key_id, std::string_view data_key,
                                       std::string_view context) override;
  absl::StatusOr<std::string> Unwrap(const WrappedKey& wrapped, std::string_view context) const override;

  // A new key that wraps from now on; its id. ResourceExhausted when there are kMaxKeys.
  absl::StatusOr<std::string> AddKey();
  // What was sealed with it can never be opened again. FailedPrecondition for the key that wraps.
  absl::Status RemoveKey(std::string_view id);
  std::vector<std::string> KeyIds() const;  // oldest first

 private:
  using Keys = std::vector<std::pair<std::string, std::string>>;  // id, 32 bytes

  static absl::StatusOr<Keys> Parse(std::string_view text, const std::string& path);
  absl::Status Store(const Keys& keys) const;
  Keys Copy() const;
  void Replace(Keys keys);

  const std::string path_;
  Random& random_;
  // Held while the file is written, against the rule of STYLE.md 8: two changes must not overwrite each other.
  Mutex writer_;
  mutable Mutex mutex_;
  Keys keys_ GUARDED_BY(mutex_);
};

}  // namespace hearth::controller
