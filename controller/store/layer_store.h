// LayerStore keeps layer versions: rows of the database whose packages lie in the code store beside those of functions.
//
// Shapes:  versions count from 1 in the order of publication; a number is never used again, whatever is deleted.
// Errors:  NotFound, OutOfRange (the code storage of the account is used up), and the database's.
// Threads: any thread. One writer at a time; a write returns when it is on disk.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "controller/store/code_references.h"
#include "controller/store/database.h"
#include "controller/store/function_store.h"
#include "proto/records.pb.h"

namespace hearth::controller {

struct LayerVersionId {
  std::string account;
  std::string name;
  int64_t version = 0;
};

// A layer version whose package stays while this lives.
struct PinnedLayer {
  records::LayerVersion version;
  CodePin pin;
};

class LayerStore {
 public:
  // Counts every package it keeps in `packages`, before the first sweep.
  static absl::StatusOr<std::unique_ptr<LayerStore>> Open(Database& database, FunctionStore& packages);

  LayerStore(Database& database, FunctionStore& packages) : database_(database), packages_(packages) {}

  // Gives it the layer's next number. Precondition: the caller holds a pin on the package.
  absl::StatusOr<records::LayerVersion> Publish(records::LayerVersion version);
  absl::StatusOr<records::LayerVersion> Get(const LayerVersionId& id) const;
  absl::StatusOr<PinnedLayer> Pin(const LayerVersionId& id);
  // Newest first, beginning below `below` (0: at the newest); at most `limit`.
  absl::StatusOr<std::vector<records::LayerVersion>> ListVersions(std::string_view account, std::string_view name,
                                                                  int64_t below, size_t limit) const;
  // The names ever used, in order, beginning after `after_name`; at most `limit`.
  absl::StatusOr<std::vector<std::string>> ListNames(std::string_view account, std::string_view after_name,
                                                     size_t limit) const;
  using Change = std::function<absl::Status(records::LayerVersion& version)>;
  // Runs `change` on the record and keeps the result, which is returned.
  absl::StatusOr<records::LayerVersion> Update(const LayerVersionId& id, const Change& change);
  absl::Status Delete(const LayerVersionId& id);

 private:
  absl::Status Load();

  Database& database_;
  FunctionStore& packages_;
  Mutex writer_;  // held across the synced write: numbers are given in the order on disk
};

}  // namespace hearth::controller
