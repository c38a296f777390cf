// CodeSigningStore keeps code signing configurations: which publishers a function's code may come from, and their
// tags.
//
// Errors:  NotFound, and the database's. A change that answers an error leaves everything as it was.
// Threads: any thread. One writer at a time; a write returns when it is on disk.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "controller/store/database.h"
#include "proto/records.pb.h"

namespace hearth::controller {

class CodeSigningStore {
 public:
  explicit CodeSigningStore(Database& database) : database_(database) {}

  using Tags = std::map<std::string, std::string>;

  // Precondition: the id is new.
  absl::Status Create(const records::CodeSigningConfig& config, const Tags& tags = {});
  absl::StatusOr<records::CodeSigningConfig> Get(std::string_view account, std::string_view id) const;
  // In the order of ids, beginning after `after_id`; at most `limit`.
  absl::StatusOr<std::vector<records::CodeSigningConfig>> List(std::string_view account, std::string_view after_id,
                                                               size_t limit) const;
  using Change = std::function<absl::Status(records::CodeSigningConfig& config)>;
  // Runs `change` on the record and keeps the result, which is returned.
  absl::StatusOr<records::CodeSigningConfig> Update(std::string_view account, std::string_view id,
                                                    const Change& change);
  absl::StatusOr<Tags> TagsOf(std::string_view account, std::string_view id) const;
  // Runs `change` on the tags and keeps the result.
  absl::Status UpdateTags(std::string_view account, std::string_view id,
                          const std::function<absl::Status(Tags& tags)>& change);
  absl::Status Delete(std::string_view account, std::string_view id);

 private:
  Database& database_;
  Mutex writer_;  // held across the synced write, so that no change is lost between a read and a write
};

}  // namespace hearth::controller
