// Topicing is everything of the controller that has to do with topics: SNS, and bringing messages to their subscribers.
//
// Threads: built by the main thread; what is in it says for itself who may use it.
#pragma once

#include <string>

#include "common/config.h"
#include "controller/api/lambda/access/operation_guard.h"
#include "controller/api/sns/sns_api.h"
#include "controller/async/dispatcher.h"
#include "controller/kept.h"
#include "controller/queueing.h"
#include "controller/scheduler/ticker.h"
#include "controller/topics/deliveries.h"
#include "controller/topics/http_poster.h"

namespace hearth::controller {

struct Topicing {
  Topicing(const Config& config, Kept& kept, const Queueing& queueing, const Authorizer& authorizer,
           const OperationGuard& guard, AsyncDispatcher& dispatcher, Clock& clock, Random& random);

  ~Topicing() { poster.Stop(); }

  HttpPoster poster;
  Deliveries deliveries;
  SnsApi sns;
  const Ticker sweeper;  // subscriptions that nobody confirmed
};

}  // namespace hearth::controller
