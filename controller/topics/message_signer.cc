#include "controller/topics/message_signer.h"

#include <fmt/format.h>

#include "common/crypto.h"
#include "common/errors.h"
#include "common/rsa_signer.h"
#include "controller/store/record.h"
#include "controller/topics/topic_keys.h"

namespace hearth::controller {
namespace {

constexpr size_t kPathDigits = 32;
constexpr int64_t kCertifiedSeconds = int64_t{20} * 365 * 24 * 3600;
constexpr int64_t kEarlierSeconds = 24 * 3600;  // clocks of those who check may be behind

const SecretContext kContext{"", "topics", "", "signing-key"};
const std::string kKey(kTopicSigningKey);

absl::Status Make(Database& database, const Envelope& envelope, Clock& clock, Random& random) {
  std::string key = NewRsaPrivateKey();
  const int64_t now = UnixMillis(clock.Wall()) / 1000;
  const std::optional<std::string> certificate = SelfSignedCertificate(
      key, {"sns.hearth", random.Below(uint64_t{1} << 62) + 1, now - kEarlierSeconds, now + kCertifiedSeconds});
  records::TopicSigningKey row;
  row.set_certificate(certificate.value_or(""));
  ASSIGN_OR_RETURN(*row.mutable_sealed_key(), envelope.Seal(key, kContext));
  CleanseSecret(key);
  WriteBatch batch;
  batch.Put(kKey, row.SerializeAsString());
  return database.Write(batch, WriteSync::kSynced);
}

}  // namespace

absl::StatusOr<std::unique_ptr<MessageSigner>> MessageSigner::Open(Database& database, const Envelope& envelope,
                                                                   Clock& clock, Random& random) {
  absl::StatusOr<std::string> text = database.Get(kKey);
  if (absl::IsNotFound(text.status())) {
    RETURN_IF_ERROR(Make(database, envelope, clock, random));
    text = database.Get(kKey);
  }
  if (!text.ok()) return text.status();
  ASSIGN_OR_RETURN(const auto row, ParseRecord<records::TopicSigningKey>(kKey, *text));
  ASSIGN_OR_RETURN(std::string key, envelope.Open(row.sealed_key(), kContext));
  if (!RsaSign(key, RsaDigest::kSha256, "")) return absl::DataLossError("the key that signs messages cannot be used");
  return std::unique_ptr<MessageSigner>(new MessageSigner(database, envelope, std::move(key), row.certificate()));
}

MessageSigner::MessageSigner(Database& database, const Envelope& envelope, std::string key, std::string certificate)
    : database_(database),
      envelope_(envelope),
      private_key_(std::move(key)),
      certificate_(std::move(certificate)),
      path_(fmt::format("/SimpleNotificationService-{}.pem", Sha256Hex(certificate_).substr(0, kPathDigits))) {}

MessageSigner::~MessageSigner() { CleanseSecret(private_key_); }

std::string MessageSigner::Sign(int32_t version, std::string_view text) const {
  const RsaDigest digest = version == 2 ? RsaDigest::kSha256 : RsaDigest::kSha1;
  return Base64Encode(RsaSign(private_key_, digest, text).value_or(""));
}

std::optional<std::string> MessageSigner::Document(std::string_view path) const {
  if (path != path_) return std::nullopt;
  return certificate_;
}

absl::StatusOr<int> MessageSigner::Reseal() {
  ASSIGN_OR_RETURN(const std::string text, database_.Get(kKey));
  ASSIGN_OR_RETURN(auto row, ParseRecord<records::TopicSigningKey>(kKey, text));
  ASSIGN_OR_RETURN(std::optional<std::string> sealed, envelope_.Reseal(row.sealed_key(), kContext));
  if (!sealed) return 0;
  row.set_sealed_key(*std::move(sealed));
  WriteBatch batch;
  batch.Put(kKey, row.SerializeAsString());
  RETURN_IF_ERROR(database_.Write(batch, WriteSync::kSynced));
  return 1;
}

}  // namespace hearth::controller
