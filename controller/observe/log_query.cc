#include "controller/observe/log_query.h"

namespace hearth::controller {
namespace {

constexpr size_t kEventOverheadBytes = 26;  // what AWS counts for each event

}  // namespace

bool EventSelection::Wants(int64_t min_ms, int64_t max_ms) const {
  if (max_ms < query_.start_ms || min_ms > query_.end_ms) return false;
  if (query_.after && max_ms < query_.after->time_ms) return false;
  if (query_.before && min_ms > query_.before->time_ms) return false;
  if (!cutoff_) return true;
  return query_.newest ? max_ms >= cutoff_->time_ms : min_ms <= cutoff_->time_ms;
}

bool EventSelection::InRange(LogPosition position) const {
  return position.time_ms >= query_.start_ms && position.time_ms <= query_.end_ms &&
         (!query_.after || position > *query_.after) && (!query_.before || position < *query_.before);
}

void EventSelection::Offer(LogPosition position, std::string_view stream, const EventLogged& event) {
  if (!InRange(position) || PastCutoff(position) || !query_.pattern.Matches(event.text)) return;
  bytes_ += event.text.size() + kEventOverheadBytes;
  events_.emplace(position,
                  LogEvent{position, event.ingestion_ms, event.source, std::string(stream), std::string(event.text)});
  while (events_.size() > query_.limit || (bytes_ > kMaxPageBytes && events_.size() > 1)) {
    const auto worst = query_.newest ? events_.begin() : std::prev(events_.end());
    cutoff_ = worst->first;
    bytes_ -= worst->second.message.size() + kEventOverheadBytes;
    events_.erase(worst);
  }
}

LogEventPage EventSelection::Finish() {
  LogEventPage page{.events = {}, .more = cutoff_.has_value()};
  page.events.reserve(events_.size());
  for (auto& [position, event] : events_) page.events.push_back(std::move(event));
  events_.clear();
  return page;
}

}  // namespace hearth::controller
