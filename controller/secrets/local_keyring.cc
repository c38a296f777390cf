#include "controller/secrets/local_keyring.h"

#include <fmt/format.h>

#include <algorithm>

#include "absl/strings/str_split.h"
#include "common/crypto.h"
#include "common/errors.h"
#include "controller/secrets/private_file.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kHeader = "hearth-keyring 1";
constexpr size_t kKeyBytes = 32;
constexpr size_t kNonceBytes = 12;

template <class Keys>
auto Find(Keys& keys, std::string_view id) {
  return std::find_if(keys.begin(), keys.end(), [&](const auto& key) { return key.first == id; });
}

absl::Status NoSuchKey(std::string_view id) {
  return absl::NotFoundError(
      fmt::format("the keyring holds no key '{}'; restore the keyring file that sealed this record", id));
}

}  // namespace

absl::StatusOr<std::unique_ptr<LocalKeyring>> LocalKeyring::Open(const std::string& path, Random& random) {
  auto keyring = std::make_unique<LocalKeyring>(path, random);
  absl::StatusOr<std::string> text = ReadPrivateFile(path);
  if (absl::IsNotFound(text.status())) {
    RETURN_IF_ERROR(keyring->AddKey().status());
    return keyring;
  }
  if (!text.ok()) return text.status();
  absl::StatusOr<Keys> keys = Parse(*text, path);
  CleanseSecret(*text);
  if (!keys.ok()) return keys.status();
  keyring->Replace(*std::move(keys));
  return keyring;
}

LocalKeyring::~LocalKeyring() { Replace({}); }

absl::StatusOr<LocalKeyring::Keys> LocalKeyring::Parse(std::string_view text, const std::string& path) {
  Keys keys;
  int line_number = 0;
  for (absl::string_view line : absl::StrSplit(absl::string_view(text.data(), text.size()), '\n', absl::SkipEmpty())) {
    if (++line_number == 1) {
      if (std::string_view(line.data(), line.size()) == kHeader) continue;
      return absl::DataLossError(fmt::format("{}: does not begin with '{}'", path, kHeader));
    }
    const std::vector<std::string> parts = absl::StrSplit(line, ' ');
    std::optional<std::string> key = parts.size() == 2 ? HexDecode(parts[1]) : std::nullopt;
    if (!key || key->size() != kKeyBytes) {
      return absl::DataLossError(fmt::format("{}: line {} is not '<key id> <64 hex digits>'", path, line_number));
    }
    keys.emplace_back(parts[0], std::move(*key));
  }
  if (keys.empty()) return absl::DataLossError(fmt::format("{}: holds no key", path));
  return keys;
}

absl::Status LocalKeyring::Store(const Keys& keys) const {
  std::string text = fmt::format("{}\n", kHeader);
  for (const auto& [id, key] : keys) text += fmt::format("{} {}\n", id, HexEncode(key));
  const absl::Status written = WritePrivateFile(path_, text);
  CleanseSecret(text);
  return written;
}

LocalKeyring::Keys LocalKeyring::Copy() const {
  MutexLock lock(mutex_);
  return keys_;
}

void LocalKeyring::Replace(Keys keys) {
  MutexLock lock(mutex_);
  keys_.swap(keys);
  for (auto& [id, key] : keys) CleanseSecret(key);
}

absl::StatusOr<std::string> LocalKeyring::AddKey() {
  MutexLock writer(writer_);
  Keys keys = Copy();
  if (keys.size() >= kMaxKeys) {
    return absl::ResourceExhaustedError(
        fmt::format("the keyring holds {} keys already; wait until what they sealed is sealed anew", keys.size()));
  }
  const std::string id = random_.Uuid();
  keys.emplace_back(id, random_.Bytes(kKeyBytes));
  RETURN_IF_ERROR(Store(keys));
  Replace(std::move(keys));
  return id;
}

absl::Status LocalKeyring::RemoveKey(std::string_view id) {
  MutexLock writer(writer_);
  Keys keys = Copy();
  const auto found = Find(keys, id);
  if (found == keys.end()) return NoSuchKey(id);
  if (found + 1 == keys.end()) return absl::FailedPreconditionError(fmt::format("key {} is the one that wraps", id));
  CleanseSecret(found->second);
  keys.erase(found);
  RETURN_IF_ERROR(Store(keys));
  Replace(std::move(keys));
  return absl::OkStatus();
}

std::vector<std::string> LocalKeyring::KeyIds() const {
  MutexLock lock(mutex_);
  std::vector<std::string> ids;
  for (const auto& [id, key] : keys_) ids.push_back(id);
  return ids;
}

std::string LocalKeyring::CurrentKeyId() const {
  MutexLock lock(mutex_);
  return keys_.back().first;
}

absl::StatusOr<WrappedKey> LocalKeyring::Wrap(std::string_view data_key, std::string_view context) {
  return WrapUnder(CurrentKeyId(), data_key, context);
}

absl::StatusOr<WrappedKey> LocalKeyring::WrapUnder(std::string_view key_id, std::string_view data_key,
                                                   std::string_view context) {
  const std::string nonce = random_.Bytes(kNonceBytes);
  MutexLock lock(mutex_);
  const auto key = Find(keys_, key_id);
  if (key == keys_.end()) return NoSuchKey(key_id);
  return WrappedKey{key->first, nonce + SealAesGcm(key->second, nonce, data_key, context)};
}

absl::StatusOr<std::string> LocalKeyring::Unwrap(const WrappedKey& wrapped, std::string_view context) const {
  MutexLock lock(mutex_);
  const auto key = Find(keys_, wrapped.key_id);
  if (key == keys_.end()) return NoSuchKey(wrapped.key_id);
  if (wrapped.bytes.size() < kNonceBytes) return absl::DataLossError("wrapped key: cut short");
  const std::string_view bytes = wrapped.bytes;
  return OpenAesGcm(key->second, bytes.substr(0, kNonceBytes), bytes.substr(kNonceBytes), context);
}

}  // namespace hearth::controller
