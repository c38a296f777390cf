#include "controller/kms/kms_grants.h"

#include <fmt/format.h>

#include <google/protobuf/util/message_differencer.h>

#include "common/errors.h"
#include "controller/store/key_layout.h"

namespace hearth::controller {
namespace {

constexpr size_t kPage = 1000;
constexpr size_t kIdBytes = 32;

// Calls `take` with every row below `prefix`.
template <class Take>
absl::Status ForEachRow(const Database& database, std::string_view prefix, const Take& take) {
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<KeyValue> page, database.Scan(prefix, after, kPage));
    for (const KeyValue& row : page) {
      if (!take(row)) return absl::DataLossError(fmt::format("record {} cannot be read", row.key));
    }
    if (page.size() < kPage) return absl::OkStatus();
    after = page.back().key;
  }
}

// Whether they say the same, whenever and under whatever id.
bool SameGrant(const records::KmsGrant& standing, records::KmsGrant asked) {
  asked.set_id(standing.id());
  asked.set_created_ms(standing.created_ms());
  return google::protobuf::util::MessageDifferencer::Equals(standing, asked);
}

}  // namespace

absl::StatusOr<std::unique_ptr<KmsGrants>> KmsGrants::Open(Database& database, Clock& clock, Random& random) {
  std::unique_ptr<KmsGrants> grants(new KmsGrants(database, clock, random));
  RETURN_IF_ERROR(grants->Load());
  return grants;
}

absl::Status KmsGrants::Load() {
  MutexLock lock(mutex_);
  RETURN_IF_ERROR(ForEachRow(database_, kKmsPolicyPrefix, [this](const KeyValue& row) {
    records::KmsKeyPolicy policy;
    if (!policy.ParseFromString(row.value)) return false;
    policies_.insert_or_assign(row.key, policy.document());
    return true;
  }));
  return ForEachRow(database_, kKmsGrantPrefix, [this](const KeyValue& row) {
    auto grant = std::make_shared<records::KmsGrant>();
    if (!grant->ParseFromString(row.value)) return false;
    grants_.insert_or_assign(row.key, std::move(grant));
    return true;
  });
}

std::string KmsGrants::PolicyOf(const records::KmsKey& key) const {
  MutexLock lock(mutex_);
  const auto found = policies_.find(KmsPolicyKey(key.account(), key.id()));
  return found == policies_.end() ? DefaultKeyPolicy(key.account()) : found->second;
}

absl::Status KmsGrants::PutPolicy(const records::KmsKey& key, const std::string& document) {
  records::KmsKeyPolicy policy;
  policy.set_account(key.account());
  policy.set_key_id(key.id());
  policy.set_document(document);
  std::string row = KmsPolicyKey(key.account(), key.id());
  MutexLock writer(writer_);
  WriteBatch batch;
  batch.Put(row, policy.SerializeAsString());
  RETURN_IF_ERROR(database_.Write(batch, WriteSync::kSynced));
  MutexLock lock(mutex_);
  policies_.insert_or_assign(std::move(row), document);
  return absl::OkStatus();
}

absl::StatusOr<KmsGrantPtr> KmsGrants::Create(const records::KmsKey& key, records::KmsGrant grant) {
  MutexLock writer(writer_);
  grant.set_account(key.account());
  grant.set_key_id(key.id());
  const std::vector<KmsGrantPtr> standing = List(key);
  for (const KmsGrantPtr& one : standing) {
    if (!grant.name().empty() && SameGrant(*one, grant)) return one;
  }
  if (standing.size() >= kMaxGrantsOfKey) return absl::OutOfRangeError("too many grants of this key");
  grant.set_id(random_.Hex(kIdBytes));
  grant.set_created_ms(UnixMillis(clock_.Wall()));
  std::string row = KmsGrantKey(grant.account(), grant.key_id(), grant.id());
  WriteBatch batch;
  batch.Put(row, grant.SerializeAsString());
  RETURN_IF_ERROR(database_.Write(batch, WriteSync::kSynced));
  auto made = std::make_shared<const records::KmsGrant>(std::move(grant));
  MutexLock lock(mutex_);
  grants_.insert_or_assign(std::move(row), made);
  return KmsGrantPtr(made);
}

std::vector<KmsGrantPtr> KmsGrants::List(const records::KmsKey& key, std::string_view after) const {
  const std::string prefix = KmsGrantsOfKeyPrefix(key.account(), key.id());
  std::vector<KmsGrantPtr> found;
  MutexLock lock(mutex_);
  auto it =
      after.empty() ? grants_.lower_bound(prefix) : grants_.upper_bound(KmsGrantKey(key.account(), key.id(), after));
  for (; it != grants_.end() && it->first.starts_with(prefix); ++it) found.push_back(it->second);
  return found;
}

std::vector<KmsGrantPtr> KmsGrants::ListOfAccount(std::string_view account) const {
  const std::string prefix = fmt::format("{}{}/", kKmsGrantPrefix, account);
  std::vector<KmsGrantPtr> found;
  MutexLock lock(mutex_);
  for (auto it = grants_.lower_bound(prefix); it != grants_.end() && it->first.starts_with(prefix); ++it) {
    found.push_back(it->second);
  }
  return found;
}

KmsGrantPtr KmsGrants::Find(std::string_view account, std::string_view key_id, std::string_view grant_id) const {
  MutexLock lock(mutex_);
  const auto found = grants_.find(KmsGrantKey(account, key_id, grant_id));
  return found == grants_.end() ? nullptr : found->second;
}

absl::Status KmsGrants::Delete(const records::KmsGrant& grant) {
  const std::string row = KmsGrantKey(grant.account(), grant.key_id(), grant.id());
  MutexLock writer(writer_);
  if (Find(grant.account(), grant.key_id(), grant.id()) == nullptr) return absl::NotFoundError(row);
  WriteBatch batch;
  batch.Delete(row);
  RETURN_IF_ERROR(database_.Write(batch, WriteSync::kSynced));
  MutexLock lock(mutex_);
  grants_.erase(row);
  return absl::OkStatus();
}

void KmsGrants::Forget(const records::KmsKey& key) {
  const std::string prefix = KmsGrantsOfKeyPrefix(key.account(), key.id());
  MutexLock writer(writer_);
  MutexLock lock(mutex_);
  policies_.erase(KmsPolicyKey(key.account(), key.id()));
  auto it = grants_.lower_bound(prefix);
  while (it != grants_.end() && it->first.starts_with(prefix)) it = grants_.erase(it);
}

std::string DefaultKeyPolicy(std::string_view account) {
  return fmt::format(
      R"({{"Version":"2012-10-17","Id":"key-default-1","Statement":[{{"Sid":"Enable IAM User Permissions",)"
      R"("Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{}:root"}},"Action":"kms:*","Resource":"*"}}]}})",
      account);
}

}  // namespace hearth::controller
