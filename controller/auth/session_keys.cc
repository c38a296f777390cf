#include "controller/auth/session_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "common/crypto.h"
#include "common/errors.h"
#include "controller/store/key_layout.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxKeys = 1000;
constexpr size_t kKeyBytes = 32;
constexpr std::chrono::hours kLongestToken{13};  // 12 hours, and the clock's error

SecretContext ContextOf(std::string_view id) { return {"", std::string(id), "", "session-key"}; }

int64_t Millis(std::chrono::milliseconds duration) { return duration.count(); }

absl::StatusOr<std::vector<records::SessionKey>> Read(const Database& database) {
  ASSIGN_OR_RETURN(const std::vector<KeyValue> pairs, database.Scan(kSessionKeyPrefix, "", kMaxKeys));
  std::vector<records::SessionKey> keys;
  for (const KeyValue& pair : pairs) {
    if (!keys.emplace_back().ParseFromString(pair.value)) {
      return absl::DataLossError(fmt::format("record {} cannot be read", pair.key));
    }
  }
  std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.created_ms() < b.created_ms(); });
  return keys;
}

absl::StatusOr<records::SessionKey> Make(const Envelope& envelope, int64_t now_ms, Random& random) {
  records::SessionKey key;
  key.set_id(random.Hex(4));
  key.set_created_ms(now_ms);
  ASSIGN_OR_RETURN(std::string sealed, envelope.Seal(random.Bytes(kKeyBytes), ContextOf(key.id())));
  key.set_sealed_secret(std::move(sealed));
  return key;
}

}  // namespace

absl::StatusOr<SessionKeys> SessionKeys::Open(Database& database, const Envelope& envelope, Clock& clock,
                                              Random& random) {
  ASSIGN_OR_RETURN(std::vector<records::SessionKey> records, Read(database));
  const int64_t now_ms = UnixMillis(clock.Wall());
  WriteBatch batch;
  if (records.empty() || now_ms - records.back().created_ms() > Millis(kRenewAfter)) {
    ASSIGN_OR_RETURN(records::SessionKey made, Make(envelope, now_ms, random));
    batch.Put(SessionKeyKey(made.id()), made.SerializeAsString());
    records.push_back(std::move(made));
  }
  // A key seals nothing more once it has a successor.
  while (records.size() > 1 && now_ms - records[1].created_ms() > Millis(kLongestToken)) {
    batch.Delete(SessionKeyKey(records.front().id()));
    records.erase(records.begin());
  }
  if (!batch.changes.empty()) RETURN_IF_ERROR(database.Write(batch, WriteSync::kSynced));
  SessionKeys keys;
  for (const records::SessionKey& record : records) {
    ASSIGN_OR_RETURN(keys.keys_[record.id()], envelope.Open(record.sealed_secret(), ContextOf(record.id())));
    keys.current_ = record.id();
  }
  return keys;
}

absl::StatusOr<int> ResealSessionKeys(Database& database, const Envelope& envelope) {
  ASSIGN_OR_RETURN(std::vector<records::SessionKey> keys, Read(database));
  WriteBatch batch;
  for (records::SessionKey& key : keys) {
    ASSIGN_OR_RETURN(std::optional<std::string> sealed, envelope.Reseal(key.sealed_secret(), ContextOf(key.id())));
    if (!sealed) continue;
    key.set_sealed_secret(*std::move(sealed));
    batch.Put(SessionKeyKey(key.id()), key.SerializeAsString());
  }
  if (!batch.changes.empty()) RETURN_IF_ERROR(database.Write(batch, WriteSync::kSynced));
  return static_cast<int>(batch.changes.size());
}

SessionKeys::~SessionKeys() {
  for (auto& [id, key] : keys_) CleanseSecret(key);
}

const std::string* SessionKeys::Find(const std::string& id) const {
  const auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : &found->second;
}

}  // namespace hearth::controller
