// The reading half of LogGroup: a snapshot under the mutex, then files without it.
#include <algorithm>

#include "common/errors.h"
#include "controller/observe/log_group.h"

namespace hearth::controller {
namespace {

LogStreamInfo InfoOf(const std::string& name, const StreamSummary& summary) {
  LogStreamInfo info{.name = name, .created_ms = summary.created_ms};
  if (summary.events > 0) {
    info.first_event_ms = summary.first_ms;
    info.last_event_ms = summary.last_ms;
    info.last_ingestion_ms = summary.ingested_ms;
  }
  return info;
}

LogStreamKey KeyOf(LogStreamOrder order, const std::string& name, const StreamSummary& summary) {
  const int64_t last_ms = summary.events > 0 ? summary.last_ms : 0;
  return {.last_event_ms = order == LogStreamOrder::kLastEventTime ? last_ms : 0, .name = name};
}

// Which streams of one segment an event query is about, asked by the streams' numbers.
class WantedStreams {
 public:
  explicit WantedStreams(const LogEventQuery& query) : query_(query) {}

  void Name(std::string_view name) { wanted_.push_back({std::string(name), Wants(name)}); }
  // The stream's name when it is wanted.
  const std::string* Find(uint32_t number) const {
    return number < wanted_.size() && wanted_[number].second ? &wanted_[number].first : nullptr;
  }
  bool Wants(std::string_view name) const {
    if (!name.starts_with(query_.stream_prefix)) return false;
    return !query_.streams || std::find(query_.streams->begin(), query_.streams->end(), name) != query_.streams->end();
  }

 private:
  const LogEventQuery& query_;
  std::vector<std::pair<std::string, bool>> wanted_;
};

}  // namespace

LogStreamPage LogGroup::Streams(const LogStreamQuery& query) {
  using Found = std::pair<LogStreamKey, const StreamSummary*>;
  std::vector<Found> found;
  const MutexLock lock(mutex_);
  for (auto it = streams_.lower_bound(query.prefix); it != streams_.end() && it->first.starts_with(query.prefix);
       ++it) {
    LogStreamKey key = KeyOf(query.order, it->first, it->second);
    if (query.after && (query.descending ? key >= *query.after : key <= *query.after)) continue;
    found.emplace_back(std::move(key), &it->second);
  }
  const auto first = [&query](const Found& a, const Found& b) {
    return query.descending ? b.first < a.first : a.first < b.first;
  };
  const size_t count = std::min(query.limit, found.size());
  std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count), found.end(), first);
  LogStreamPage page;
  for (size_t i = 0; i < count; ++i) page.streams.push_back(InfoOf(found[i].first.name, *found[i].second));
  if (found.size() > count && count > 0) page.next = found[count - 1].first;
  return page;
}

std::vector<LogGroup::SegmentView> LogGroup::CandidatesLocked(const LogEventQuery& query) const {
  std::vector<SegmentView> views;
  const WantedStreams wanted(query);
  const auto consider = [&](const SegmentSummary& segment) {
    const bool holds = query.streams
                           ? std::any_of(query.streams->begin(), query.streams->end(),
                                         [&](const std::string& name) { return segment.streams.contains(name); })
                           : !segment.streams.empty();
    if (holds && segment.min_ms <= segment.max_ms) {
      views.push_back({segment.base, segment.bytes, segment.min_ms, segment.max_ms});
    }
  };
  for (const SegmentSummary& segment : sealed_) consider(segment);
  consider(active_.summary());
  return views;
}

absl::StatusOr<LogEventPage> LogGroup::Events(const LogEventQuery& asked) {
  LogEventQuery query = asked;
  std::vector<SegmentView> candidates;
  std::map<std::string, uint64_t, std::less<>> deleted_before;
  {
    const MutexLock lock(mutex_);
    query.start_ms = std::max(query.start_ms, OldestVisibleMsLocked());
    candidates = CandidatesLocked(query);
    deleted_before = deleted_before_;
  }
  // The side the page comes from first: the other segments are then seldom read.
  if (query.newest) std::reverse(candidates.begin(), candidates.end());
  EventSelection selection(query);
  for (const SegmentView& view : candidates) {
    if (!selection.Wants(view.min_ms, view.max_ms)) continue;
    ASSIGN_OR_RETURN(const std::string data, ReadSegment(folder_, view.base, view.bytes));
    WantedStreams wanted(query);
    std::string_view rest = data;
    uint64_t sequence = view.base;
    for (; const std::optional<SegmentRecord> record = TakeRecord(rest); ++sequence) {
      if (const auto* named = std::get_if<StreamNamed>(&*record)) wanted.Name(named->name);
      const auto* event = std::get_if<EventLogged>(&*record);
      const std::string* stream = event ? wanted.Find(event->stream) : nullptr;
      if (stream == nullptr) continue;
      const auto deletion = deleted_before.find(*stream);
      if (deletion != deleted_before.end() && sequence < deletion->second) continue;
      selection.Offer({event->time_ms, sequence}, *stream, *event);
    }
  }
  return selection.Finish();
}

}  // namespace hearth::controller
