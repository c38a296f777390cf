#include "controller/sources/event_sources.h"

#include "common/errors.h"
#include "controller/store/key_layout.h"
#include "controller/store/record.h"

namespace hearth::controller {
namespace {

constexpr size_t kScanPage = 1000;

std::string KeyOf(const records::EventSource& source) { return EventSourceKey(source.account(), source.id()); }

SourceState SettledState(const records::EventSource& source) {
  return source.enabled() ? SourceState::kEnabled : SourceState::kDisabled;
}

SourceState StateAfter(const records::EventSource& before, const records::EventSource& after) {
  if (before.enabled() == after.enabled()) return SourceState::kUpdating;
  return after.enabled() ? SourceState::kEnabling : SourceState::kDisabling;
}

}  // namespace

absl::Status EventSources::Load() {
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const auto page, database_.Scan(kEventSourcePrefix, after, kScanPage));
    for (const KeyValue& pair : page) {
      ASSIGN_OR_RETURN(auto source, ParseRecord<records::EventSource>(pair.key, pair.value));
      MutexLock lock(mutex_);
      const SourceState state = source.enabled() ? SourceState::kEnabling : SourceState::kDisabled;
      sources_[pair.key] = {std::move(source), state, ""};
    }
    if (page.size() < kScanPage) return absl::OkStatus();
    after = page.back().key;
  }
}

absl::Status EventSources::Write(const records::EventSource& source, bool remove) {
  WriteBatch batch;
  if (remove) {
    batch.Delete(KeyOf(source));
  } else {
    batch.Put(KeyOf(source), source.SerializeAsString());
  }
  return database_.Write(batch, WriteSync::kSynced);
}

absl::Status EventSources::CheckUnique(const records::EventSource& source) const {
  MutexLock lock(mutex_);
  const bool adds = !sources_.contains(KeyOf(source));
  if (adds && sources_.size() >= kMaxSources)
    return absl::ResourceExhaustedError("there are too many event source mappings");
  for (const auto& [key, other] : sources_) {
    const bool same = other.source.account() == source.account() && other.source.queue_arn() == source.queue_arn() &&
                      other.source.function_name() == source.function_name() &&
                      other.source.qualifier() == source.qualifier() && other.source.id() != source.id() &&
                      other.state != SourceState::kDeleting;
    if (same) return absl::AlreadyExistsError(other.source.id());
  }
  return absl::OkStatus();
}

absl::Status EventSources::Create(const records::EventSource& source) {
  {
    MutexLock writer(writer_);
    RETURN_IF_ERROR(CheckUnique(source));
    RETURN_IF_ERROR(Write(source, false));
    MutexLock lock(mutex_);
    sources_[KeyOf(source)] = {source, SourceState::kCreating, ""};
  }
  on_changed_();
  return absl::OkStatus();
}

absl::StatusOr<SourceView> EventSources::Find(const std::string& account, const std::string& id) const {
  MutexLock lock(mutex_);
  const auto found = sources_.find(EventSourceKey(account, id));
  if (found == sources_.end()) return absl::NotFoundError("there is no such mapping");
  return found->second;
}

std::vector<SourceView> EventSources::List(const std::string& account, const std::string& after, size_t limit,
                                           const Wanted& wanted) const {
  std::vector<SourceView> list;
  MutexLock lock(mutex_);
  for (auto it = sources_.upper_bound(EventSourceKey(account, after)); it != sources_.end() && list.size() < limit;
       ++it) {
    if (it->second.source.account() != account) break;
    if (wanted(it->second.source)) list.push_back(it->second);
  }
  return list;
}

absl::StatusOr<SourceView> EventSources::Update(const std::string& account, const std::string& id,
                                                const Change& change) {
  SourceView changed;
  {
    MutexLock writer(writer_);
    ASSIGN_OR_RETURN(SourceView before, Find(account, id));
    if (before.state == SourceState::kDeleting) return absl::FailedPreconditionError("the mapping is being deleted");
    changed = before;
    RETURN_IF_ERROR(change(changed.source));
    RETURN_IF_ERROR(CheckUnique(changed.source));
    RETURN_IF_ERROR(Write(changed.source, false));
    changed.state = StateAfter(before.source, changed.source);
    MutexLock lock(mutex_);
    sources_[KeyOf(changed.source)] = changed;
  }
  on_changed_();
  return changed;
}

absl::StatusOr<SourceView> EventSources::Delete(const std::string& account, const std::string& id) {
  SourceView deleted;
  {
    MutexLock writer(writer_);
    ASSIGN_OR_RETURN(deleted, Find(account, id));
    RETURN_IF_ERROR(Write(deleted.source, true));
    deleted.state = SourceState::kDeleting;
    MutexLock lock(mutex_);
    sources_[KeyOf(deleted.source)] = deleted;
  }
  on_changed_();
  return deleted;
}

absl::StatusOr<SourceView> EventSources::FindStanding(const std::string& account, const std::string& id) const {
  absl::StatusOr<SourceView> view = Find(account, id);
  if (view.ok() && view->state == SourceState::kDeleting) return absl::NotFoundError("the mapping is being deleted");
  return view;
}

absl::StatusOr<EventSources::Tags> EventSources::TagsOf(const std::string& account, const std::string& id) const {
  ASSIGN_OR_RETURN(const SourceView view, FindStanding(account, id));
  return Tags(view.source.tags().begin(), view.source.tags().end());
}

absl::Status EventSources::UpdateTags(const std::string& account, const std::string& id,
                                      const std::function<absl::Status(Tags& tags)>& change) {
  MutexLock writer(writer_);
  ASSIGN_OR_RETURN(SourceView view, FindStanding(account, id));
  Tags tags(view.source.tags().begin(), view.source.tags().end());
  RETURN_IF_ERROR(change(tags));
  *view.source.mutable_tags() = {tags.begin(), tags.end()};
  RETURN_IF_ERROR(Write(view.source, false));
  MutexLock lock(mutex_);
  const auto found = sources_.find(KeyOf(view.source));
  if (found != sources_.end()) *found->second.source.mutable_tags() = view.source.tags();
  return absl::OkStatus();
}

std::vector<SourceView> EventSources::All() const {
  std::vector<SourceView> all;
  MutexLock lock(mutex_);
  for (const auto& [key, view] : sources_) all.push_back(view);
  return all;
}

void EventSources::Settled(const SourceView& seen) {
  MutexLock lock(mutex_);
  const auto found = sources_.find(KeyOf(seen.source));
  if (found == sources_.end() || found->second.state != seen.state ||
      found->second.source.last_modified_ms() != seen.source.last_modified_ms()) {
    return;  // changed again meanwhile
  }
  if (seen.state == SourceState::kDeleting) {
    sources_.erase(found);
  } else {
    found->second.state = SettledState(seen.source);
  }
}

void EventSources::SetProblem(const std::string& account, const std::string& id, std::string problem) {
  MutexLock lock(mutex_);
  const auto found = sources_.find(EventSourceKey(account, id));
  if (found != sources_.end()) found->second.problem = std::move(problem);
}

}  // namespace hearth::controller
