// EventSources keeps the event source mappings: on disk first, then where pollers and the API read them.
//
// Shapes:  a mapping is in transition until whoever polls for it has taken the change up (Settled).
// Errors:  NotFound; AlreadyExists with the other mapping's id for the same queue and function; the database's.
// Threads: any thread; changes block until they are on disk.
// Limits:  kMaxSources.
// Source:  api.md "Event source mappings".
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "controller/store/database.h"
#include "proto/event_source_records.pb.h"

namespace hearth::controller {

enum class SourceState { kCreating, kEnabling, kEnabled, kDisabling, kDisabled, kUpdating, kDeleting };

struct SourceView {
  records::EventSource source;
  SourceState state = SourceState::kEnabled;
  std::string problem;  // of the last attempt to process something; empty: none
};

class EventSources {
 public:
  static constexpr size_t kMaxSources = 10'000;

  explicit EventSources(Database& database) : database_(database) {}
  absl::Status Load();

  absl::Status Create(const records::EventSource& source);
  absl::StatusOr<SourceView> Find(const std::string& account, const std::string& id) const;
  // In the order of ids, beginning after `after`; at most `limit` for which `wanted` holds.
  using Wanted = std::function<bool(const records::EventSource& source)>;
  std::vector<SourceView> List(const std::string& account, const std::string& after, size_t limit,
                               const Wanted& wanted) const;
  using Change = std::function<absl::Status(records::EventSource& source)>;
  absl::StatusOr<SourceView> Update(const std::string& account, const std::string& id, const Change& change);
  absl::StatusOr<SourceView> Delete(const std::string& account, const std::string& id);
  // Tags are nothing that pollers must take up: the mapping is not in transition.
  using Tags = std::map<std::string, std::string>;
  absl::StatusOr<Tags> TagsOf(const std::string& account, const std::string& id) const;
  absl::Status UpdateTags(const std::string& account, const std::string& id,
                          const std::function<absl::Status(Tags& tags)>& change);

  // For pollers. Called after every change, without a lock held.
  void SetOnChanged(std::function<void()> on_changed) { on_changed_ = std::move(on_changed); }
  // Of all accounts, those that are being deleted included.
  std::vector<SourceView> All() const;
  // The change that made `seen` is carried out; one that was deleted is forgotten.
  void Settled(const SourceView& seen);
  void SetProblem(const std::string& account, const std::string& id, std::string problem);

 private:
  absl::Status CheckUnique(const records::EventSource& source) const;
  absl::Status Write(const records::EventSource& source, bool remove);
  // NotFound for one that is being deleted, too.
  absl::StatusOr<SourceView> FindStanding(const std::string& account, const std::string& id) const;

  Database& database_;
  std::function<void()> on_changed_ = [] {};
  // Held across the synced write, against the rule: a change reads what it replaces.
  Mutex writer_;
  mutable Mutex mutex_;
  std::map<std::string, SourceView, std::less<>> sources_ GUARDED_BY(mutex_);  // by their row's key
};

}  // namespace hearth::controller
