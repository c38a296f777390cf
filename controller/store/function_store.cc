#include "controller/store/function_store.h"

#include <fmt/format.h>

#include "common/errors.h"
#include "common/failpoint.h"
#include "controller/store/key_layout.h"

namespace hearth::controller {
namespace {

constexpr size_t kScanPage = 500;

template <class Record>
absl::StatusOr<Record> ParseRecord(std::string_view key, const std::string& bytes) {
  Record record;
  if (!record.ParseFromString(bytes)) return absl::DataLossError(fmt::format("record {} cannot be read", key));
  return record;
}

// The packages a function keeps alive, each once.
std::set<std::string> CodeOf(const records::Function& function) {
  std::set<std::string> code;
  if (function.has_latest()) code.insert(function.latest().code_sha256_hex());
  if (function.has_serving()) code.insert(function.serving().code_sha256_hex());
  code.erase("");
  return code;
}

int64_t CodeBytesOf(const records::Function& function) { return function.latest().code_bytes(); }

// What invocations use.
const records::FunctionVersion& ServingOf(const records::Function& function) {
  return function.has_serving() ? function.serving() : function.latest();
}

std::string Describe(const FunctionId& id) { return fmt::format("function {} of account {}", id.name, id.account); }

}  // namespace

bool IsUnsettled(const records::Function& function) {
  return function.latest().state() == records::FunctionVersion::PENDING ||
         function.latest().last_update_status() == records::FunctionVersion::UPDATE_IN_PROGRESS;
}

absl::StatusOr<std::unique_ptr<FunctionStore>> FunctionStore::Open(Database& database, Catalog& catalog, Clock& clock,
                                                                   int64_t max_code_bytes_per_account) {
  auto store = std::make_unique<FunctionStore>(database, catalog, clock, max_code_bytes_per_account);
  RETURN_IF_ERROR(store->Load());
  return store;
}

absl::Status FunctionStore::Load() {
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<KeyValue> page, database_.Scan(kFunctionPrefix, after, kScanPage));
    for (const KeyValue& pair : page) {
      ASSIGN_OR_RETURN(const records::Function function, ParseRecord<records::Function>(pair.key, pair.value));
      const FunctionId id{function.latest().account(), function.latest().name()};
      Account(id, {}, function);
      Publish(id, function);
    }
    if (page.size() < kScanPage) return absl::OkStatus();
    after = page.back().key;
  }
}

absl::StatusOr<records::Function> FunctionStore::Get(const FunctionId& id) const {
  const std::string key = FunctionKey(id.account, id.name);
  const absl::StatusOr<std::string> bytes = database_.Get(key);
  if (absl::IsNotFound(bytes.status())) return absl::NotFoundError(Describe(id));
  if (!bytes.ok()) return bytes.status();
  return ParseRecord<records::Function>(key, *bytes);
}

absl::StatusOr<std::vector<records::Function>> FunctionStore::List(std::string_view account,
                                                                   std::string_view after_name, size_t limit) const {
  const std::string after = after_name.empty() ? "" : FunctionKey(account, after_name);
  ASSIGN_OR_RETURN(const std::vector<KeyValue> pairs, database_.Scan(FunctionsOfAccountPrefix(account), after, limit));
  std::vector<records::Function> functions;
  functions.reserve(pairs.size());
  for (const KeyValue& pair : pairs) {
    ASSIGN_OR_RETURN(records::Function function, ParseRecord<records::Function>(pair.key, pair.value));
    functions.push_back(std::move(function));
  }
  return functions;
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

absl::Status FunctionStore::Create(records::Function function) {
  const FunctionId id{function.latest().account(), function.latest().name()};
  MutexLock writer(writer_);
  const absl::StatusOr<records::Function> standing = Get(id);
  if (standing.ok()) return absl::AlreadyExistsError(Describe(id));
  if (!absl::IsNotFound(standing.status())) return standing.status();
  return Commit(id, {}, function);
}

absl::StatusOr<records::Function> FunctionStore::Update(const FunctionId& id, const Change& change) {
  records::Function before, after;
  {
    MutexLock writer(writer_);
    ASSIGN_OR_RETURN(before, Get(id));
    after = before;
    RETURN_IF_ERROR(change(after));
    RETURN_IF_ERROR(Commit(id, before, after));
  }
  NotifyRetired(before, after);
  return after;
}

absl::Status FunctionStore::Delete(const FunctionId& id) {
  records::Function before;
  {
    MutexLock writer(writer_);
    ASSIGN_OR_RETURN(before, Get(id));
    RETURN_IF_ERROR(Commit(id, before, {}));
  }
  NotifyRetired(before, {});
  return absl::OkStatus();
}

absl::Status FunctionStore::Commit(const FunctionId& id, const records::Function& before,
                                   const records::Function& after) {
  RETURN_IF_ERROR(CheckCodeStorage(before, after));
  WriteBatch batch;
  const std::string key = FunctionKey(id.account, id.name);
  if (after.has_latest()) {
    batch.Put(key, after.SerializeAsString());
  } else {
    batch.Delete(key);
  }
  RETURN_IF_ERROR(StageReleasedCode(before, after, batch));
  FAILPOINT_OR_RETURN("function_store_before_write");
  RETURN_IF_ERROR(database_.Write(batch, WriteSync::kSynced));
  FAILPOINT("function_store_after_write");
  Account(id, before, after);
  Publish(id, after);
  return absl::OkStatus();
}

absl::Status FunctionStore::CheckCodeStorage(const records::Function& before, const records::Function& after) const {
  const int64_t growth = CodeBytesOf(after) - CodeBytesOf(before);
  if (growth <= 0 || Usage(after.latest().account()).code_bytes + growth <= max_code_bytes_per_account_) {
    return absl::OkStatus();
  }
  return absl::OutOfRangeError(fmt::format("code storage of account {}: {} bytes is the limit",
                                           after.latest().account(), max_code_bytes_per_account_));
}

absl::Status FunctionStore::StageReleasedCode(const records::Function& before, const records::Function& after,
                                              WriteBatch& batch) const {
  const std::set<std::string> has = CodeOf(after);
  for (const std::string& dropped : CodeOf(before)) {
    if (has.contains(dropped)) continue;
    const std::string key = CodeKey(dropped);
    ASSIGN_OR_RETURN(const std::string bytes, database_.Get(key));
    ASSIGN_OR_RETURN(records::CodeBlob blob, ParseRecord<records::CodeBlob>(key, bytes));
    blob.set_released_ms(UnixMillis(clock_.Wall()));
    batch.Put(key, blob.SerializeAsString());
  }
  return absl::OkStatus();
}

void FunctionStore::Account(const FunctionId& id, const records::Function& before, const records::Function& after) {
  for (const std::string& sha256_hex : CodeOf(after)) references_.Add(sha256_hex, 1);
  for (const std::string& sha256_hex : CodeOf(before)) references_.Add(sha256_hex, -1);
  MutexLock lock(mutex_);
  AccountUsage& usage = usage_[id.account];
  usage.functions += (after.has_latest() ? 1 : 0) - (before.has_latest() ? 1 : 0);
  usage.code_bytes += CodeBytesOf(after) - CodeBytesOf(before);
  if (IsUnsettled(after)) {
    unsettled_.insert(id);
  } else {
    unsettled_.erase(id);
  }
}

void FunctionStore::Publish(const FunctionId& id, const records::Function& function) {
  if (!function.has_latest()) return catalog_.Erase(id.account, id.name);
  catalog_.Put(std::make_shared<const records::FunctionVersion>(ServingOf(function)));
}

void FunctionStore::NotifyRetired(const records::Function& before, const records::Function& after) const {
  const std::string& key = ServingOf(before).environment_key();
  if (!key.empty() && key != ServingOf(after).environment_key()) on_retired_(key);
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
