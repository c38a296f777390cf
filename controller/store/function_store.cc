#include "controller/store/function_store.h"

#include <fmt/format.h>

#include "common/errors.h"
#include "common/failpoint.h"
#include "common/limits.h"
#include "controller/store/key_layout.h"
#include "controller/store/record.h"

namespace hearth::controller {
namespace {

constexpr size_t kScanPage = 500;

std::string Describe(const FunctionId& id) { return fmt::format("function {} of account {}", id.name, id.account); }

}  // namespace

bool IsUnsettled(const records::Function& function) {
  return function.latest().state() == records::FunctionVersion::PENDING ||
         function.latest().last_update_status() == records::FunctionVersion::UPDATE_IN_PROGRESS;
}

absl::StatusOr<std::unique_ptr<FunctionStore>> FunctionStore::Open(Database& database, Catalog& catalog, Clock& clock,
                                                                   CodeLimitOf code_limit) {
  auto store = std::make_unique<FunctionStore>(database, catalog, clock, std::move(code_limit));
  RETURN_IF_ERROR(store->Load());
  return store;
}

absl::StatusOr<std::unique_ptr<FunctionStore>> FunctionStore::Open(Database& database, Catalog& catalog, Clock& clock,
                                                                   int64_t code_limit) {
  return Open(database, catalog, clock, [code_limit](const std::string&) { return code_limit; });
}

AccountUsage FunctionStore::Usage(const std::string& account) const {
  MutexLock lock(mutex_);
  const auto it = usage_.find(account);
  return it == usage_.end() ? AccountUsage{} : it->second;
}

std::vector<FunctionId> FunctionStore::Unsettled() const {
  MutexLock lock(mutex_);
  return {unsettled_.begin(), unsettled_.end()};
}

void FunctionStore::SetOnReserved(OnReserved on_reserved) {
  MutexLock writer(writer_);
  on_reserved_ = std::move(on_reserved);
  std::map<FunctionId, int64_t> standing;
  {
    MutexLock lock(mutex_);
    standing = reserved_;
  }
  for (const auto& [id, reserved] : standing) on_reserved_(id, reserved);
}

absl::Status FunctionStore::Create(records::Function function, std::optional<records::FunctionVersion> first) {
  FunctionEdit edit(database_, {function.latest().account(), function.latest().name()}, {});
  edit.function = std::move(function);
  MutexLock writer(writer_);
  const absl::StatusOr<records::Function> standing = Get(edit.id());
  if (standing.ok()) return absl::AlreadyExistsError(Describe(edit.id()));
  if (!absl::IsNotFound(standing.status())) return standing.status();
  if (first) RETURN_IF_ERROR(edit.PutVersion(*std::move(first)));
  return Commit(edit);
}

absl::StatusOr<records::Function> FunctionStore::Edit(const FunctionId& id, const Step& step) {
  std::optional<FunctionEdit> edit;
  {
    MutexLock writer(writer_);
    ASSIGN_OR_RETURN(records::Function before, Get(id));
    edit.emplace(database_, id, std::move(before));
    RETURN_IF_ERROR(step(*edit));
    RETURN_IF_ERROR(Commit(*edit));
  }
  NotifyRetired(*edit);
  return std::move(edit->function);
}

absl::StatusOr<records::Function> FunctionStore::Update(const FunctionId& id, const Change& change) {
  return Edit(id, [&](FunctionEdit& edit) { return change(edit.function); });
}

absl::Status FunctionStore::Delete(const FunctionId& id) {
  return Edit(id, [](FunctionEdit& edit) { return edit.DeleteAll(); }).status();
}

absl::Status FunctionStore::Commit(const FunctionEdit& edit) {
  const FunctionEdit::CodeChange code = edit.Code();
  RETURN_IF_ERROR(CheckRoom(edit, code));
  WriteBatch batch = edit.Batch();
  RETURN_IF_ERROR(StageReleasedCode(code, batch));
  FAILPOINT_OR_RETURN("function_store_before_write");
  RETURN_IF_ERROR(database_.Write(batch, WriteSync::kSynced));
  FAILPOINT("function_store_after_write");
  Account(edit, code);
  Publish(edit);
  Notify(edit);
  return absl::OkStatus();
}

absl::Status FunctionStore::CheckRoom(const FunctionEdit& edit, const FunctionEdit::CodeChange& code) const {
  const AccountUsage usage = Usage(edit.id().account);
  const auto check = [&](const char* what, int64_t used, int64_t growth, int64_t limit) -> absl::Status {
    if (growth <= 0 || used + growth <= limit) return absl::OkStatus();
    return absl::OutOfRangeError(fmt::format("{} of account {}: {} is the limit", what, edit.id().account, limit));
  };
  RETURN_IF_ERROR(check("bytes of code", usage.code_bytes, code.growth_bytes, code_limit_(edit.id().account)));
  RETURN_IF_ERROR(check("versions", usage.versions, edit.VersionGrowth(), kMaxVersionsPerAccount));
  return check("aliases", usage.aliases, edit.AliasGrowth(), kMaxAliasesPerAccount);
}

absl::Status FunctionStore::StageReleasedCode(const FunctionEdit::CodeChange& code, WriteBatch& batch) const {
  std::set<std::string> released(code.dropped.begin(), code.dropped.end());
  for (const std::string& gained : code.gained) released.erase(gained);
  for (const std::string& dropped : released) {
    const std::string key = CodeKey(dropped);
    ASSIGN_OR_RETURN(const std::string bytes, database_.Get(key));
    ASSIGN_OR_RETURN(records::CodeBlob blob, ParseRecord<records::CodeBlob>(key, bytes));
    blob.set_released_ms(UnixMillis(clock_.Wall()));
    batch.Put(key, blob.SerializeAsString());
  }
  return absl::OkStatus();
}

void FunctionStore::Account(const FunctionEdit& edit, const FunctionEdit::CodeChange& code) {
  const FunctionId& id = edit.id();
  const records::Function& before = edit.before();
  const records::Function& after = edit.function;
  for (const std::string& sha256_hex : code.gained) references_.Add(sha256_hex, 1);
  for (const std::string& sha256_hex : code.dropped) references_.Add(sha256_hex, -1);
  MutexLock lock(mutex_);
  AccountUsage& usage = usage_[id.account];
  usage.functions += (after.has_latest() ? 1 : 0) - (before.has_latest() ? 1 : 0);
  usage.versions += edit.VersionGrowth();
  usage.aliases += edit.AliasGrowth();
  usage.code_bytes += code.growth_bytes;
  usage.reserved_concurrency += after.reserved_concurrency() - before.reserved_concurrency();
  if (after.has_reserved_concurrency()) {
    reserved_.insert_or_assign(id, after.reserved_concurrency());
  } else {
    reserved_.erase(id);
  }
  if (IsUnsettled(after)) {
    unsettled_.insert(id);
  } else {
    unsettled_.erase(id);
  }
}

void FunctionStore::Publish(const FunctionEdit& edit) {
  const FunctionId& id = edit.id();
  if (!edit.function.has_latest()) return catalog_.Erase(id.account, id.name);
  catalog_.Put(std::make_shared<const records::FunctionVersion>(ServingOf(edit.function)));
  for (const auto& [number, step] : edit.versions()) {
    if (step.after) {
      catalog_.PutVersion(*step.after);
    } else {
      catalog_.EraseVersion(id.account, id.name, number);
    }
  }
  for (const auto& [name, step] : edit.aliases()) {
    if (step.after) {
      catalog_.PutAlias(id.account, id.name, *step.after);
    } else {
      catalog_.EraseAlias(id.account, id.name, name);
    }
  }
}

void FunctionStore::Notify(const FunctionEdit& edit) const {
  const auto reserved = [](const records::Function& function) -> std::optional<int64_t> {
    return function.has_reserved_concurrency() ? std::optional(function.reserved_concurrency()) : std::nullopt;
  };
  if (reserved(edit.before()) != reserved(edit.function)) on_reserved_(edit.id(), reserved(edit.function));
  if (edit.others.changes.empty()) return;
  for (const OnOthers& on_others : on_others_) on_others(edit.others);
}

void FunctionStore::NotifyRetired(const FunctionEdit& edit) const {
  const std::string& key = ServingOf(edit.before()).environment_key();
  if (!key.empty() && key != ServingOf(edit.function).environment_key()) on_retired_(key);
  for (const auto& [number, step] : edit.versions()) {
    if (!step.before) continue;
    const std::string& old_key = step.before->environment_key();
    if (!step.after || step.after->environment_key() != old_key) on_retired_(old_key);
  }
}

absl::StatusOr<CodePin> FunctionStore::ReserveCode(std::string_view sha256_hex, int64_t bytes, int64_t unzipped_bytes) {
  MutexLock writer(writer_);
  CodePin pin(references_, std::string(sha256_hex));
  const std::string key = CodeKey(sha256_hex);
  const absl::StatusOr<std::string> standing = database_.Get(key);
  if (standing.ok()) return pin;
  if (!absl::IsNotFound(standing.status())) return standing.status();
  records::CodeBlob blob;
  blob.set_sha256_hex(std::string(sha256_hex));
  blob.set_bytes(bytes);
  blob.set_unzipped_bytes(unzipped_bytes);
  blob.set_created_ms(UnixMillis(clock_.Wall()));
  blob.set_released_ms(blob.created_ms());
  WriteBatch batch;
  batch.Put(key, blob.SerializeAsString());
  RETURN_IF_ERROR(database_.Write(batch, WriteSync::kSynced));
  return pin;
}

absl::StatusOr<int> FunctionStore::SweepCode(std::chrono::seconds grace,
                                             const std::function<absl::Status(const std::string&)>& remove) {
  int removed = 0;
  std::string after;
  const int64_t before_ms = UnixMillis(clock_.Wall() - grace);
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<KeyValue> page, database_.Scan(kCodePrefix, after, kScanPage));
    for (const KeyValue& pair : page) {
      MutexLock writer(writer_);  // nobody may reserve the package between the look and the removal
      const absl::StatusOr<std::string> bytes = database_.Get(pair.key);
      if (absl::IsNotFound(bytes.status())) continue;
      if (!bytes.ok()) return bytes.status();
      ASSIGN_OR_RETURN(const records::CodeBlob blob, ParseRecord<records::CodeBlob>(pair.key, *bytes));
      if (references_.InUse(blob.sha256_hex()) || blob.released_ms() > before_ms) continue;
      if (const absl::Status gone = remove(blob.sha256_hex()); !gone.ok() && !absl::IsNotFound(gone)) return gone;
      WriteBatch batch;
      batch.Delete(pair.key);
      RETURN_IF_ERROR(database_.Write(batch, WriteSync::kBuffered));
      ++removed;
    }
    if (page.size() < kScanPage) return removed;
    after = page.back().key;
  }
}

}  // namespace hearth::controller
