// Environment is what the controller knows of one execution environment on a worker.
//
// Threads: guarded by the Placer that owns it.
#pragma once

#include <chrono>
#include <list>
#include <string>
#include <vector>

#include "common/clock.h"

namespace hearth::controller {

struct Environment {
  enum class State { kStarting, kIdle, kBusy };

  std::string id;
  std::string key;
  std::string worker_id;  // empty until a worker is chosen
  State state = State::kStarting;
  bool provisioned = false;  // kept whether it is used or not
  int64_t memory_bytes = 0;
  MonotonicTime started;
  MonotonicTime retire_at{};  // takes no more work from then on
  std::vector<std::string> refused_by;
  std::list<Environment*>::iterator warm_slot;  // valid while kIdle
};

}  // namespace hearth::controller
