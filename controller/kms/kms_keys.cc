#include "controller/kms/kms_keys.h"

#include <fmt/format.h>

#include "common/arn.h"
#include "common/crypto.h"
#include "common/errors.h"
#include "controller/kms/kms_cipher.h"
#include "controller/store/key_layout.h"
#include "controller/store/record.h"

namespace hearth::controller {
namespace {

using records::KmsKey;

constexpr size_t kScanPage = 200;
constexpr size_t kMaterialBytes = 32;
constexpr std::string_view kKeyPrefix = "key/";
constexpr std::string_view kAliasPrefix = "alias/";

SecretContext MaterialContext(const KmsKey& key, const records::KmsMaterial& material) {
  return {key.account(), key.id(), material.id(), "kms-material"};
}

absl::Status NoSuchKey(std::string_view what) { return KeyProblemError(KeyProblem::kNotFound, what); }

}  // namespace

std::string KmsKeyArn(const KmsKey& key) {
  return fmt::format("arn:aws:kms:{}:{}:key/{}", key.region(), key.account(), key.id());
}

std::string KmsAliasArn(const KmsScope& scope, std::string_view alias) {
  return fmt::format("arn:aws:kms:{}:{}:{}", scope.region, scope.account, alias);
}

absl::StatusOr<KmsKey> KmsKeys::Create(const KmsScope& scope, KmsKey key) {
  MutexLock writer(writer_);
  ASSIGN_OR_RETURN(const std::vector<KeyValue> standing,
                   database_.Scan(KmsKeysOfAccountPrefix(scope.account), "", kMaxKeys));
  if (standing.size() >= kMaxKeys) return absl::OutOfRangeError("too many keys in this account");
  key.set_account(scope.account);
  key.set_region(scope.region);
  key.set_id(random_.Uuid());
  key.set_created_ms(UnixMillis(clock_.Wall()));
  key.set_state(KmsKey::ENABLED);
  RETURN_IF_ERROR(AddMaterial(key));
  RETURN_IF_ERROR(Put(key));
  return key;
}

absl::Status KmsKeys::AddMaterial(KmsKey& key) const {
  records::KmsMaterial& material = *key.add_material();
  material.set_id(random_.Uuid());
  material.set_created_ms(UnixMillis(clock_.Wall()));
  std::string bytes = random_.Bytes(kMaterialBytes);
  absl::StatusOr<std::string> sealed = envelope_.Seal(bytes, MaterialContext(key, material));
  CleanseSecret(bytes);
  if (!sealed.ok()) return sealed.status();
  material.set_sealed(*std::move(sealed));
  return absl::OkStatus();
}

absl::Status KmsKeys::Put(const KmsKey& key) {
  WriteBatch batch;
  batch.Put(KmsKeyKey(key.account(), key.id()), key.SerializeAsString());
  return database_.Write(batch, WriteSync::kSynced);
}

absl::StatusOr<KmsKey> KmsKeys::Get(std::string_view account, std::string_view id) const {
  if (id.find('/') != std::string_view::npos) return absl::NotFoundError("");
  const std::string row = KmsKeyKey(account, id);
  ASSIGN_OR_RETURN(const std::string bytes, database_.Get(row));
  ASSIGN_OR_RETURN(KmsKey key, ParseRecord<KmsKey>(row, bytes));
  const bool gone = key.state() == KmsKey::PENDING_DELETION && key.deletion_ms() <= UnixMillis(clock_.Wall());
  if (gone) return absl::NotFoundError(row);  // the sweep has not come by yet
  return key;
}

absl::StatusOr<std::string> KmsKeys::ResolveId(const KmsScope& scope, std::string_view reference) const {
  std::string_view name = reference;
  std::optional<Arn> arn;
  if (reference.starts_with("arn:")) {
    arn = Arn::Parse(reference);
    if (!arn || arn->service != "kms") return NoSuchKey(fmt::format("Invalid arn {}", reference));
    if (arn->region != scope.region) return NoSuchKey(fmt::format("Invalid arn {}", arn->region));
    if (arn->account != scope.account) {
      return KeyProblemError(KeyProblem::kAccessDenied, fmt::format("{} is a key of another account", reference));
    }
    name = arn->resource;
    if (name.starts_with(kKeyPrefix)) return std::string(name.substr(kKeyPrefix.size()));
  }
  if (!name.starts_with(kAliasPrefix)) return std::string(name);
  const std::string row = KmsAliasKey(scope.account, name);
  const absl::StatusOr<std::string> bytes = database_.Get(row);
  if (absl::IsNotFound(bytes.status())) {
    return NoSuchKey(fmt::format("Alias {} is not found.", KmsAliasArn(scope, name)));
  }
  if (!bytes.ok()) return bytes.status();
  ASSIGN_OR_RETURN(const records::KmsAlias alias, ParseRecord<records::KmsAlias>(row, *bytes));
  return alias.key_id();
}

absl::StatusOr<KmsKey> KmsKeys::Find(const KmsScope& scope, std::string_view reference) const {
  ASSIGN_OR_RETURN(const std::string id, ResolveId(scope, reference));
  absl::StatusOr<KmsKey> key = Get(scope.account, id);
  if (!absl::IsNotFound(key.status())) return key;
  KmsKey absent;
  absent.set_account(scope.account);
  absent.set_region(scope.region);
  absent.set_id(id);
  return NoSuchKey(fmt::format("Key '{}' does not exist", KmsKeyArn(absent)));
}

absl::StatusOr<KmsKey> KmsKeys::FindUsable(const KmsScope& scope, std::string_view reference) const {
  ASSIGN_OR_RETURN(KmsKey key, Find(scope, reference));
  switch (key.state()) {
    case KmsKey::DISABLED:
      return KeyProblemError(KeyProblem::kDisabled, fmt::format("{} is disabled.", KmsKeyArn(key)));
    case KmsKey::PENDING_DELETION:
      return KeyProblemError(KeyProblem::kInvalidState, fmt::format("{} is pending deletion.", KmsKeyArn(key)));
    default:
      return key;
  }
}

absl::StatusOr<std::vector<KmsKey>> KmsKeys::List(std::string_view account, std::string_view after,
                                                  size_t limit) const {
  const std::string after_row = after.empty() ? "" : KmsKeyKey(account, after);
  ASSIGN_OR_RETURN(const std::vector<KeyValue> pairs,
                   database_.Scan(KmsKeysOfAccountPrefix(account), after_row, limit));
  std::vector<KmsKey> keys;
  for (const KeyValue& pair : pairs) {
    ASSIGN_OR_RETURN(KmsKey key, ParseRecord<KmsKey>(pair.key, pair.value));
    keys.push_back(std::move(key));
  }
  return keys;
}

absl::StatusOr<KmsKey> KmsKeys::Update(const KmsScope& scope, std::string_view reference, const Change& change) {
  MutexLock writer(writer_);
  ASSIGN_OR_RETURN(KmsKey key, Find(scope, reference));
  RETURN_IF_ERROR(change(key));
  RETURN_IF_ERROR(Put(key));
  return key;
}

absl::Status KmsKeys::Rotate(const KmsScope& scope, std::string_view reference) {
  return Update(scope, reference, [this](KmsKey& key) { return AddMaterial(key); }).status();
}

// ---- aliases ----

absl::Status KmsKeys::PutAlias(const KmsScope& scope, const std::string& name, std::string_view reference, bool anew) {
  MutexLock writer(writer_);
  ASSIGN_OR_RETURN(const KmsKey key, Find(scope, reference));
  const std::string row = KmsAliasKey(scope.account, name);
  const absl::StatusOr<std::string> standing = database_.Get(row);
  if (!standing.ok() && !absl::IsNotFound(standing.status())) return standing.status();
  if (anew && standing.ok()) return absl::AlreadyExistsError(name);
  if (!anew && !standing.ok()) return NoSuchKey(fmt::format("Alias {} is not found.", KmsAliasArn(scope, name)));
  records::KmsAlias alias;
  if (standing.ok()) {
    ASSIGN_OR_RETURN(alias, ParseRecord<records::KmsAlias>(row, *standing));
  } else {
    ASSIGN_OR_RETURN(const std::vector<records::KmsAlias> all, ListAliases(scope.account, "", kMaxAliases));
    if (all.size() >= kMaxAliases) return absl::OutOfRangeError("too many aliases in this account");
    alias.set_created_ms(UnixMillis(clock_.Wall()));
  }
  alias.set_name(name);
  alias.set_key_id(key.id());
  alias.set_updated_ms(UnixMillis(clock_.Wall()));
  WriteBatch batch;
  batch.Put(row, alias.SerializeAsString());
  return database_.Write(batch, WriteSync::kSynced);
}

absl::Status KmsKeys::CreateAlias(const KmsScope& scope, const std::string& name, std::string_view reference) {
  return PutAlias(scope, name, reference, /*anew=*/true);
}

absl::Status KmsKeys::UpdateAlias(const KmsScope& scope, const std::string& name, std::string_view reference) {
  return PutAlias(scope, name, reference, /*anew=*/false);
}

absl::Status KmsKeys::DeleteAlias(const KmsScope& scope, const std::string& name) {
  MutexLock writer(writer_);
  const std::string row = KmsAliasKey(scope.account, name);
  const absl::Status standing = database_.Get(row).status();
  if (absl::IsNotFound(standing)) return NoSuchKey(fmt::format("Alias {} is not found.", KmsAliasArn(scope, name)));
  RETURN_IF_ERROR(standing);
  WriteBatch batch;
  batch.Delete(row);
  return database_.Write(batch, WriteSync::kSynced);
}

absl::StatusOr<std::vector<records::KmsAlias>> KmsKeys::ListAliases(std::string_view account, std::string_view after,
                                                                    size_t limit) const {
  const std::string after_row = after.empty() ? "" : KmsAliasKey(account, after);
  ASSIGN_OR_RETURN(const std::vector<KeyValue> pairs,
                   database_.Scan(KmsAliasesOfAccountPrefix(account), after_row, limit));
  std::vector<records::KmsAlias> aliases;
  for (const KeyValue& pair : pairs) {
    ASSIGN_OR_RETURN(records::KmsAlias alias, ParseRecord<records::KmsAlias>(pair.key, pair.value));
    aliases.push_back(std::move(alias));
  }
  return aliases;
}

// ---- use ----

absl::StatusOr<std::string> KmsKeys::Encrypt(const KmsKey& key, std::string_view plaintext,
                                             const KmsContext& context) const {
  const records::KmsMaterial& material = key.material(key.material_size() - 1);
  ASSIGN_OR_RETURN(std::string bytes, OpenMaterial(key, material));
  std::string ciphertext = SealKmsCiphertext({key.id(), material.id()}, bytes, random_, plaintext, context);
  CleanseSecret(bytes);
  return ciphertext;
}

absl::StatusOr<std::string> KmsKeys::KeyIdIn(std::string_view ciphertext) {
  ASSIGN_OR_RETURN(KmsCiphertextKey named, ReadKmsCiphertextKey(ciphertext));
  return std::move(named.key_id);
}

// A material that does not open is a failure of the installation, not of the ciphertext.
absl::StatusOr<std::string> KmsKeys::OpenMaterial(const KmsKey& key, const records::KmsMaterial& material) const {
  absl::StatusOr<std::string> bytes = envelope_.Open(material.sealed(), MaterialContext(key, material));
  if (bytes.ok()) return bytes;
  return absl::InternalError(fmt::format("the material of key {}: {}", key.id(), bytes.status().ToString()));
}

absl::StatusOr<KmsKeys::Opened> KmsKeys::Decrypt(const KmsScope& scope, std::string_view ciphertext,
                                                 const KmsContext& context) const {
  ASSIGN_OR_RETURN(const KmsCiphertextKey named, ReadKmsCiphertextKey(ciphertext));
  ASSIGN_OR_RETURN(KmsKey key, FindUsable(scope, named.key_id));
  for (const records::KmsMaterial& material : key.material()) {
    if (material.id() != named.material_id) continue;
    ASSIGN_OR_RETURN(std::string bytes, OpenMaterial(key, material));
    absl::StatusOr<std::string> plaintext = OpenKmsCiphertext(bytes, ciphertext, context);
    CleanseSecret(bytes);
    if (!plaintext.ok()) return plaintext.status();
    return Opened{std::move(key), *std::move(plaintext)};
  }
  return absl::DataLossError("the ciphertext names a material the key does not have");
}

// ---- housekeeping ----

absl::Status KmsKeys::ForEach(const std::function<absl::Status(const KmsKey&)>& visit) const {
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<KeyValue> page, database_.Scan(kKmsKeyPrefix, after, kScanPage));
    for (const KeyValue& pair : page) {
      ASSIGN_OR_RETURN(const KmsKey key, ParseRecord<KmsKey>(pair.key, pair.value));
      RETURN_IF_ERROR(visit(key));
    }
    if (page.size() < kScanPage) return absl::OkStatus();
    after = page.back().key;
  }
}

absl::Status KmsKeys::Delete(const KmsKey& key) {
  WriteBatch batch;
  batch.Delete(KmsKeyKey(key.account(), key.id()));
  ASSIGN_OR_RETURN(const std::vector<records::KmsAlias> aliases, ListAliases(key.account(), "", kMaxAliases));
  for (const records::KmsAlias& alias : aliases) {
    if (alias.key_id() == key.id()) batch.Delete(KmsAliasKey(key.account(), alias.name()));
  }
  batch.Delete(KmsPolicyKey(key.account(), key.id()));
  ASSIGN_OR_RETURN(const std::vector<KeyValue> grants,
                   database_.Scan(KmsGrantsOfKeyPrefix(key.account(), key.id()), "", SIZE_MAX));
  for (const KeyValue& grant : grants) batch.Delete(grant.key);
  RETURN_IF_ERROR(database_.Write(batch, WriteSync::kSynced));
  if (on_deleted_) on_deleted_(key);
  return absl::OkStatus();
}

absl::Status KmsKeys::SweepOne(const KmsKey& seen) {
  MutexLock writer(writer_);
  const std::string row = KmsKeyKey(seen.account(), seen.id());
  ASSIGN_OR_RETURN(const std::string bytes, database_.Get(row));  // as it is now
  ASSIGN_OR_RETURN(KmsKey key, ParseRecord<KmsKey>(row, bytes));
  const int64_t now_ms = UnixMillis(clock_.Wall());
  if (key.state() == KmsKey::PENDING_DELETION) {
    return key.deletion_ms() <= now_ms ? Delete(key) : absl::OkStatus();
  }
  if (key.rotation_period_days() == 0 || key.next_rotation_ms() > now_ms) return absl::OkStatus();
  key.set_next_rotation_ms(now_ms + key.rotation_period_days() * int64_t{24} * 3600 * 1000);
  RETURN_IF_ERROR(AddMaterial(key));
  return Put(key);
}

absl::Status KmsKeys::Sweep() {
  return ForEach([this](const KmsKey& key) {
    const absl::Status swept = SweepOne(key);
    return absl::IsNotFound(swept) ? absl::OkStatus() : swept;
  });
}

absl::StatusOr<int> KmsKeys::Reseal() {
  int changed = 0;
  RETURN_IF_ERROR(ForEach([&](const KmsKey& seen) -> absl::Status {
    MutexLock writer(writer_);
    const std::string row = KmsKeyKey(seen.account(), seen.id());
    const absl::StatusOr<std::string> bytes = database_.Get(row);
    if (absl::IsNotFound(bytes.status())) return absl::OkStatus();
    if (!bytes.ok()) return bytes.status();
    ASSIGN_OR_RETURN(KmsKey key, ParseRecord<KmsKey>(row, *bytes));
    bool any = false;
    for (records::KmsMaterial& material : *key.mutable_material()) {
      ASSIGN_OR_RETURN(std::optional<std::string> sealed,
                       envelope_.Reseal(material.sealed(), MaterialContext(key, material)));
      if (!sealed) continue;
      material.set_sealed(*std::move(sealed));
      any = true;
    }
    if (!any) return absl::OkStatus();
    ++changed;
    return Put(key);
  }));
  return changed;
}

}  // namespace hearth::controller
