// Gauges are what an operator sees of the controller as it is now.
//
// Threads: no state; reads what it is given.
#pragma once

#include "common/metrics.h"
#include "controller/async/dispatcher.h"
#include "controller/auth/request_verifier.h"
#include "controller/scheduler/scheduler.h"
#include "controller/topics/deliveries.h"

namespace hearth::controller {

void RefreshGauges(Metrics& metrics, const SchedulerSnapshot& snapshot, const AsyncCounts& events,
                   const DeliveryCounts& deliveries, const RequestVerifier& verifier);

}  // namespace hearth::controller
