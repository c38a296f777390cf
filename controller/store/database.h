// Database is the controller's ordered key-value store: everything acknowledged is on disk before Write returns.
//
// Shapes:  keys and values are bytes, keys ordered as unsigned bytes; key_layout.h names every key.
// Errors:  NotFound for an absent key; ResourceExhausted when the disk is nearly full (reads go on working); DataLoss
// when
//          a record cannot be read back. An I/O error of the log ends the process: a restart recovers every
//          acknowledged write, going on might not (docs/storage_format.md).
// Threads: any thread; Write blocks on disk.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hearth::controller {

struct KeyValue {
  std::string key;
  std::string value;
  bool operator==(const KeyValue&) const = default;
};

// Changes that become visible and durable together.
struct WriteBatch {
  struct Change {
    std::string key;
    std::optional<std::string> value;  // nullopt deletes
  };
  std::vector<Change> changes;

  void Put(std::string key, std::string value) { changes.push_back({std::move(key), std::move(value)}); }
  void Delete(std::string key) { changes.push_back({std::move(key), std::nullopt}); }
};

enum class WriteSync {
  kSynced,    // on disk when Write returns
  kBuffered,  // survives the process, not a power cut, until the next synced write
};

class Database {
 public:
  virtual ~Database() = default;

  virtual absl::StatusOr<std::string> Get(std::string_view key) const = 0;
  // At most `limit` pairs whose key begins with `prefix`, in order, beginning after the key `after` (empty: at the
  // start).
  virtual absl::StatusOr<std::vector<KeyValue>> Scan(std::string_view prefix, std::string_view after,
                                                     size_t limit) const = 0;
  virtual absl::Status Write(const WriteBatch& batch, WriteSync sync) = 0;
};

struct DatabaseOptions {
  std::string directory;       // created 0700 when absent
  int64_t min_free_bytes = 0;  // writes are refused while the file system has less left
  int64_t ballast_bytes = 0;   // size of the file given up so that a full disk still opens; 0: none
};

// The RocksDB one. FailedPrecondition when the directory is in use or written by a newer Hearth.
absl::StatusOr<std::unique_ptr<Database>> OpenDatabase(const DatabaseOptions& options);
// The one of tests: ordered, in memory.
std::unique_ptr<Database> MakeMemoryDatabase();

}  // namespace hearth::controller
