#include "controller/auth/oidc/issuer_keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/crypto.h"
#include "common/errors.h"
#include "controller/store/key_layout.h"
#include "proto/identity_records.pb.h"

namespace hearth::controller {
namespace {

constexpr size_t kIdDigits = 16;

SecretContext ContextOf(std::string_view id) { return {"", std::string(id), "", "issuer-key"}; }

int64_t Millis(std::chrono::milliseconds duration) { return duration.count(); }

absl::StatusOr<std::vector<records::IssuerKey>> Read(const Database& database) {
  ASSIGN_OR_RETURN(const std::vector<KeyValue> pairs, database.Scan(kIssuerKeyPrefix, "", IssuerKeys::kMaxKeys));
  std::vector<records::IssuerKey> keys;
  for (const KeyValue& pair : pairs) {
    if (!keys.emplace_back().ParseFromString(pair.value)) {
      return absl::DataLossError(fmt::format("record {} cannot be read", pair.key));
    }
  }
  std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.created_ms() < b.created_ms(); });
  return keys;
}

// The name of a key follows from the key: two never share one.
std::string IdOf(const P256PublicKey& key) { return Sha256Hex(key.x + key.y).substr(0, kIdDigits); }

}  // namespace

absl::StatusOr<std::unique_ptr<IssuerKeys>> IssuerKeys::Open(Database& database, const Envelope& envelope,
                                                             Clock& clock) {
  std::unique_ptr<IssuerKeys> keys(new IssuerKeys(database, envelope, clock));
  RETURN_IF_ERROR(keys->Load());
  RETURN_IF_ERROR(keys->Tick());
  return keys;
}

IssuerKeys::~IssuerKeys() {
  MutexLock lock(mutex_);
  for (const std::shared_ptr<Key>& key : keys_) CleanseSecret(key->private_key);
}

absl::Status IssuerKeys::Load() {
  ASSIGN_OR_RETURN(const std::vector<records::IssuerKey> records, Read(database_));
  MutexLock lock(mutex_);
  for (const records::IssuerKey& record : records) {
    auto key = std::make_shared<Key>();
    ASSIGN_OR_RETURN(key->private_key, envelope_.Open(record.sealed_private(), ContextOf(record.id())));
    const std::optional<P256PublicKey> point = P256PublicKeyOf(key->private_key);
    if (!point) return absl::DataLossError(fmt::format("the issuer's key {} cannot be read", record.id()));
    key->published.id = record.id();
    key->published.point = *point;
    key->created_ms = record.created_ms();
    keys_.push_back(std::move(key));
  }
  return absl::OkStatus();
}

std::string IssuerKeys::Sign(const Json& claims) const {
  const std::shared_ptr<Key> key = Signing();
  return SignJwt(claims, key->published.id, key->private_key);
}

// The newest that everyone can know of; the oldest when there is none.
std::shared_ptr<IssuerKeys::Key> IssuerKeys::Signing() const {
  const int64_t known_since = UnixMillis(clock_.Wall()) - Millis(kPublishAhead);
  MutexLock lock(mutex_);
  for (auto key = keys_.rbegin(); key != keys_.rend(); ++key) {
    if ((*key)->created_ms <= known_since) return *key;
  }
  return keys_.front();
}

JwkSet IssuerKeys::Published() const {
  std::vector<Jwk> published;
  MutexLock lock(mutex_);
  for (const std::shared_ptr<Key>& key : keys_) published.push_back(key->published);
  return JwkSet(std::move(published));
}

std::vector<std::string> IssuerKeys::Ids() const {
  std::vector<std::string> ids;
  MutexLock lock(mutex_);
  for (const std::shared_ptr<Key>& key : keys_) ids.push_back(key->published.id);
  return ids;
}

absl::StatusOr<std::string> IssuerKeys::Rotate() {
  MutexLock writer(writer_);
  return Add();
}

absl::Status IssuerKeys::Tick() {
  MutexLock writer(writer_);
  RETURN_IF_ERROR(DropOld());
  {
    MutexLock lock(mutex_);
    const int64_t age_ms = keys_.empty() ? 0 : UnixMillis(clock_.Wall()) - keys_.back()->created_ms;
    if (!keys_.empty() && age_ms <= Millis(kRenewAfter)) return absl::OkStatus();
  }
  return Add().status();
}

absl::StatusOr<std::string> IssuerKeys::Add() {
  {
    MutexLock lock(mutex_);
    if (keys_.size() >= kMaxKeys) return absl::ResourceExhaustedError("the issuer has too many keys; wait for a day");
  }
  auto key = std::make_shared<Key>();
  key->private_key = NewP256PrivateKey();
  key->published.point = *P256PublicKeyOf(key->private_key);
  key->published.id = IdOf(key->published.point);
  key->created_ms = UnixMillis(clock_.Wall());
  records::IssuerKey record;
  record.set_id(key->published.id);
  record.set_created_ms(key->created_ms);
  ASSIGN_OR_RETURN(std::string sealed, envelope_.Seal(key->private_key, ContextOf(record.id())));
  record.set_sealed_private(std::move(sealed));
  WriteBatch batch;
  batch.Put(IssuerKeyKey(record.id()), record.SerializeAsString());
  RETURN_IF_ERROR(database_.Write(batch, WriteSync::kSynced));
  MutexLock lock(mutex_);
  keys_.push_back(std::move(key));
  return record.id();
}

absl::Status IssuerKeys::DropOld() {
  const int64_t now_ms = UnixMillis(clock_.Wall());
  while (true) {
    std::string id;
    {
      MutexLock lock(mutex_);
      const bool due = keys_.size() > 1 && now_ms - keys_[1]->created_ms > Millis(kPublishAhead) + Millis(kKeepFor);
      if (!due) return absl::OkStatus();
      id = keys_.front()->published.id;
    }
    WriteBatch batch;
    batch.Delete(IssuerKeyKey(id));
    RETURN_IF_ERROR(database_.Write(batch, WriteSync::kSynced));
    MutexLock lock(mutex_);
    keys_.erase(keys_.begin());
  }
}

absl::StatusOr<int> IssuerKeys::Reseal() {
  MutexLock writer(writer_);
  ASSIGN_OR_RETURN(std::vector<records::IssuerKey> keys, Read(database_));
  WriteBatch batch;
  for (records::IssuerKey& key : keys) {
    ASSIGN_OR_RETURN(std::optional<std::string> sealed, envelope_.Reseal(key.sealed_private(), ContextOf(key.id())));
    if (!sealed) continue;
    key.set_sealed_private(*std::move(sealed));
    batch.Put(IssuerKeyKey(key.id()), key.SerializeAsString());
  }
  if (!batch.changes.empty()) RETURN_IF_ERROR(database_.Write(batch, WriteSync::kSynced));
  return static_cast<int>(batch.changes.size());
}

}  // namespace hearth::controller
