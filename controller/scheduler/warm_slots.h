// WarmSlots is the idle environments of one environment key, the most recently used first.
//
// Taking the newest keeps caches hot and lets the oldest reach the worker's keep-alive limit.
// Threads: guarded by its owner.
#pragma once

#include <list>
#include <vector>

#include "controller/scheduler/environment.h"

namespace hearth::controller {

class WarmSlots {
 public:
  void Put(Environment& environment);
  Environment* TakeNewest();  // nullptr when none is idle
  void Remove(Environment& environment);
  std::vector<Environment*> TakeAll();
  size_t size() const { return slots_.size(); }

 private:
  std::list<Environment*> slots_;
};

}  // namespace hearth::controller
