#include "controller/scheduler/warm_slots.h"

namespace hearth::controller {

void WarmSlots::Put(Environment& environment) {
  slots_.push_front(&environment);
  environment.warm_slot = slots_.begin();
}

Environment* WarmSlots::TakeNewest() {
  if (slots_.empty()) return nullptr;
  Environment* const newest = slots_.front();
  slots_.pop_front();
  return newest;
}

void WarmSlots::Remove(Environment& environment) { slots_.erase(environment.warm_slot); }

std::vector<Environment*> WarmSlots::TakeAll() {
  std::vector<Environment*> all(slots_.begin(), slots_.end());
  slots_.clear();
  return all;
}

}  // namespace hearth::controller
