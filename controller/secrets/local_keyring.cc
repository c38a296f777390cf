#include "controller/secrets/local_keyring.h"

#include <fmt/format.h>

#include "absl/strings/str_split.h"
#include "common/crypto.h"
#include "common/errors.h"
#include "controller/secrets/private_file.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kHeader = "hearth-keyring 1";
constexpr size_t kKeyBytes = 32;
constexpr size_t kNonceBytes = 12;

}  // namespace

absl::StatusOr<LocalKeyring> LocalKeyring::Open(const std::string& path, Random& random) {
  absl::StatusOr<std::string> text = ReadPrivateFile(path);
  if (absl::IsNotFound(text.status())) {
    text = fmt::format("{}\n{} {}\n", kHeader, random.Uuid(), random.Hex(kKeyBytes));
    RETURN_IF_ERROR(WritePrivateFile(path, *text));
  }
  if (!text.ok()) return text.status();
  LocalKeyring keyring(random);
  const absl::Status parsed = keyring.Parse(*text, path);
  CleanseSecret(*text);
  if (!parsed.ok()) return parsed;
  return keyring;
}

LocalKeyring::~LocalKeyring() {
  for (auto& [id, key] : keys_) CleanseSecret(key);
}

absl::Status LocalKeyring::Parse(std::string_view text, const std::string& path) {
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
    current_ = parts[0];
    keys_[current_] = std::move(*key);
  }
  if (keys_.empty()) return absl::DataLossError(fmt::format("{}: holds no key", path));
  return absl::OkStatus();
}

absl::StatusOr<WrappedKey> LocalKeyring::Wrap(std::string_view data_key, std::string_view context) {
  const std::string nonce = random_->Bytes(kNonceBytes);
  return WrappedKey{current_, nonce + SealAesGcm(keys_.at(current_), nonce, data_key, context)};
}

absl::StatusOr<std::string> LocalKeyring::Unwrap(const WrappedKey& wrapped, std::string_view context) const {
  const auto key = keys_.find(wrapped.key_id);
  if (key == keys_.end()) {
    return absl::NotFoundError(
        fmt::format("the keyring holds no key '{}'; restore the keyring file that sealed this record", wrapped.key_id));
  }
  if (wrapped.bytes.size() < kNonceBytes) return absl::DataLossError("wrapped key: cut short");
  const std::string_view bytes = wrapped.bytes;
  return OpenAesGcm(key->second, bytes.substr(0, kNonceBytes), bytes.substr(kNonceBytes), context);
}

}  // namespace hearth::controller
