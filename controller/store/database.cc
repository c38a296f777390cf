#include "controller/store/database.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <sys/stat.h>

#include <cstdlib>

#include "common/errors.h"
#include "common/failpoint.h"
#include "common/log.h"
#include "controller/store/ballast.h"

namespace hearth::controller {
namespace {

constexpr size_t kMemtableBytes = size_t{16} << 20;
constexpr size_t kBlockCacheBytes = size_t{32} << 20;
constexpr size_t kLongScan = 1000;
constexpr size_t kReadAheadBytes = size_t{1} << 20;
constexpr int kMaxOpenFiles = 256;
constexpr size_t kKeptInfoLogs = 5;

rocksdb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }

absl::Status ReadFailure(const rocksdb::Status& status, std::string_view what) {
  const std::string message = fmt::format("{}: {}", what, status.ToString());
  if (status.IsNotFound()) return absl::NotFoundError(message);
  if (status.IsCorruption()) return absl::DataLossError(message);
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(message);
  return absl::InternalError(message);
}

// After a failed sync of the log nobody knows what the disk holds: only a new start reads it back for certain.
[[noreturn]] void EndAfterLogFailure(const rocksdb::Status& status) {
  LogError("the database log cannot be written; ending so that a restart recovers every acknowledged write",
           {{"error", status.ToString()}});
  std::abort();
}

rocksdb::Options RocksOptions() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  options.write_buffer_size = kMemtableBytes;
  options.max_open_files = kMaxOpenFiles;
  options.keep_log_file_num = kKeptInfoLogs;
  options.compression = rocksdb::kNoCompression;  // records are small and mostly sealed
  // A torn last record is one nobody was told about; everything before it is kept.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

class RocksDatabase final : public Database {
 public:
  RocksDatabase(std::unique_ptr<rocksdb::DB> db, DatabaseOptions options)
      : db_(std::move(db)), options_(std::move(options)) {}

  ~RocksDatabase() override {
    if (const rocksdb::Status closed = db_->Close(); !closed.ok()) {
      LogWarn("closing the database", {{"error", closed.ToString()}});
    }
  }

  absl::StatusOr<std::string> Get(std::string_view key) const override {
    std::string value;
    const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), ToSlice(key), &value);
    if (!status.ok()) return ReadFailure(status, key);
    return value;
  }

  absl::StatusOr<std::vector<KeyValue>> Scan(std::string_view prefix, std::string_view after,
                                             size_t limit) const override {
    std::vector<KeyValue> found;
    rocksdb::ReadOptions read;
    if (limit >= kLongScan) {  // of a start: what it reads is not asked for again, and all of it is wanted
      read.fill_cache = false;
      read.readahead_size = kReadAheadBytes;
    }
    const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(read));
    it->Seek(ToSlice(after < prefix ? prefix : after));
    if (it->Valid() && it->key() == ToSlice(after)) it->Next();
    for (; it->Valid() && it->key().starts_with(ToSlice(prefix)) && found.size() < limit; it->Next()) {
      found.push_back({it->key().ToString(), it->value().ToString()});
    }
    if (!it->status().ok()) return ReadFailure(it->status(), fmt::format("scan of {}", prefix));
    return found;
  }

  absl::Status Write(const WriteBatch& batch, WriteSync sync) override {
    RETURN_IF_ERROR(CheckSpace());
    FAILPOINT_OR_RETURN("database_before_write");
    rocksdb::WriteBatch changes;
    for (const WriteBatch::Change& change : batch.changes) {
      const rocksdb::Status added =
          change.value ? changes.Put(ToSlice(change.key), ToSlice(*change.value)) : changes.Delete(ToSlice(change.key));
      if (!added.ok()) return absl::InternalError(added.ToString());
    }
    rocksdb::WriteOptions write;
    // The failpoint is the negative control of the power cuts: a disk that says it has what it has not.
    write.sync = sync == WriteSync::kSynced && !IS_FAILPOINT_SET("database_forgets_sync");
    const rocksdb::Status written = db_->Write(write, &changes);
    FAILPOINT("database_after_write");
    if (written.IsNoSpace()) return TryToResume(written);
    if (!written.ok()) EndAfterLogFailure(written);
    return absl::OkStatus();
  }

 private:
  absl::Status CheckSpace() const {
    ASSIGN_OR_RETURN(const int64_t free_bytes, FreeBytes(options_.directory));
    if (free_bytes >= options_.min_free_bytes) return absl::OkStatus();
    return absl::ResourceExhaustedError(fmt::format("{}: {} bytes free, writes need {}; free some space",
                                                    options_.directory, free_bytes, options_.min_free_bytes));
  }

  // The write is lost and was not acknowledged; the next one may find space again.
  absl::Status TryToResume(const rocksdb::Status& written) {
    if (const rocksdb::Status resumed = db_->Resume(); !resumed.ok() && !resumed.IsNoSpace()) {
      EndAfterLogFailure(resumed);
    }
    return absl::ResourceExhaustedError(fmt::format("{}: {}", options_.directory, written.ToString()));
  }

  const std::unique_ptr<rocksdb::DB> db_;
  const DatabaseOptions options_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> OpenDatabase(const DatabaseOptions& options) {
  if (mkdir(options.directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return ErrnoStatus(fmt::format("create {}", options.directory));
  }
  const Ballast ballast(options.directory + ".ballast", options.ballast_bytes);
  RETURN_IF_ERROR(ballast.Release());
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(RocksOptions(), options.directory, &opened);
  if (!status.ok()) {
    return absl::FailedPreconditionError(fmt::format("open database {}: {}", options.directory, status.ToString()));
  }
  std::unique_ptr<rocksdb::DB> db(opened);
  if (const absl::Status made = ballast.Make(options.min_free_bytes); !made.ok()) {
    LogWarn("no ballast was set aside; a full disk may keep the controller from starting",
            {{"error", std::string(made.message())}});
  }
  return std::make_unique<RocksDatabase>(std::move(db), options);
}

}  // namespace hearth::controller
