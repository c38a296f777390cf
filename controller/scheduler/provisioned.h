// What Placer keeps of one environment key whether anybody asks or not, and how far it has come.
//
// Threads: value types; guarded by the Placer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/clock.h"
#include "controller/scheduler/warm_slots.h"
#include "proto/records.pb.h"

namespace hearth::controller {

struct ProvisionTarget {
  std::shared_ptr<const records::FunctionVersion> version;
  size_t count = 0;
  int64_t revision = 0;  // another one: what failed before is tried again at once
};

struct ProvisionState {
  size_t ready = 0;      // initialised, idle or busy
  std::string failure;   // why the last start came to nothing; empty: it did not, or not yet
  bool no_room = false;  // with a failure: no worker took it
};

// Of one environment key.
struct ProvisionedEnvironments {
  ProvisionTarget target;
  WarmSlots idle;
  size_t alive = 0;  // starting, idle and busy
  size_t starting = 0;
  ProvisionState last;  // its failure
  int failures_in_a_row = 0;
  MonotonicTime no_start_before{};
};

// As StatusReason of a configuration shows it. Source: semantics.md §6.
inline constexpr char kInitFailure[] = "FUNCTION_ERROR_INIT_FAILURE";

}  // namespace hearth::controller
