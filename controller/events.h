// Events is what runs events that were accepted: their rows, and who decides what runs next.
//
// Threads: built by the main thread; what is in it says for itself who may use it.
#pragma once

#include "common/config.h"
#include "controller/async/dispatcher.h"
#include "controller/kept.h"

namespace hearth::controller {

// Where clients reach the controller, as far as it was told.
inline std::string BaseUrl(const Config& config) {
  const std::string& url = config.String("controller.public_url");
  return url.empty() ? "http://" + config.String("controller.listen") : url;
}

struct Events {
  Events(const Config& config, Kept& kept, Invoker& invoker, LetterRules rules, Clock& clock, Random& random)
      : commits(*kept.commits),
        journal(*kept.database),
        dispatcher(
            {.region = config.String("controller.region"),
             .first_retry = std::chrono::seconds(config.Int("async.first_retry_seconds")),
             .base_url = BaseUrl(config),
             .max_waiting = static_cast<size_t>(config.Int("async.max_waiting_events"))},
            *kept.database, journal, commits, *kept.event_configs, invoker,
            [&functions = *kept.functions](const FunctionId& id) {
              const absl::StatusOr<records::Function> function = functions.Get(id);
              return function.ok() && function->has_reserved_concurrency() && function->reserved_concurrency() == 0;
            },
            clock, random) {
    dispatcher.SetQueues(*kept.queues);
    dispatcher.SetRules(std::move(rules));
  }
  ~Events() { commits.Drain(); }  // what was accepted a moment ago is told to the dispatcher

  CommitThread& commits;
  EventJournal journal;
  AsyncDispatcher dispatcher;
};

}  // namespace hearth::controller
