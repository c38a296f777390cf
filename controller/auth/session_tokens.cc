#include "controller/auth/session_tokens.h"

#include "common/crypto.h"
#include "controller/auth/access_keys.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kMagic = "H1";
constexpr size_t kKeyIdBytes = 8;
constexpr size_t kNonceBytes = 12;
constexpr size_t kHeadBytes = kMagic.size() + kKeyIdBytes;
constexpr size_t kDrawn = 16;  // of an access key id
constexpr size_t kSecretCharacters = 40;

// Two uses of one key never meet: the seal's key and the secret's are derived apart.
std::string SealingKey(const std::string& key) { return HmacSha256(key, "seal"); }

std::string SecretOf(const std::string& key, std::string_view access_key_id) {
  return Base64Encode(HmacSha256(key, std::string("secret").append(access_key_id))).substr(0, kSecretCharacters);
}

}  // namespace

SigV4Credentials SessionTokens::Seal(const records::SessionContents& session) const {
  const std::string& key = *keys_.Find(keys_.current());
  const std::string id = DrawIdentityId(kAccessKeyPrefix, kDrawn, random_);
  const std::string nonce = random_.Bytes(kNonceBytes);
  const std::string sealed = SealAesGcm(SealingKey(key), nonce, session.SerializeAsString(), id);
  return {id, SecretOf(key, id), Base64Encode(std::string(kMagic) + keys_.current() + nonce + sealed)};
}

std::optional<SessionTokens::Opened> SessionTokens::Open(std::string_view access_key_id, std::string_view token) const {
  if (token.size() > kMaxTokenBytes) return std::nullopt;
  const std::optional<std::string> bytes = Base64Decode(token);
  if (!bytes || !bytes->starts_with(kMagic) || bytes->size() < kHeadBytes + kNonceBytes) return std::nullopt;
  const std::string_view view = *bytes;
  const std::string* const key = keys_.Find(std::string(view.substr(kMagic.size(), kKeyIdBytes)));
  if (key == nullptr) return std::nullopt;
  const absl::StatusOr<std::string> plain = OpenAesGcm(SealingKey(*key), view.substr(kHeadBytes, kNonceBytes),
                                                       view.substr(kHeadBytes + kNonceBytes), access_key_id);
  Opened opened;
  if (!plain.ok() || !opened.session.ParseFromString(*plain)) return std::nullopt;
  opened.secret_access_key = SecretOf(*key, access_key_id);
  return opened;
}

}  // namespace hearth::controller
