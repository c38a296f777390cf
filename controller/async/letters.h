// Letters are what queues and topics are told of events that ended: a dead letter, or a destination's record.
//
// Threads: no state.
// Source:  semantics.md §9; Lambda Developer Guide, "Adding a dead-letter queue", "Asynchronous invocation
// destinations".
#pragma once

#include <optional>
#include <string>

#include "controller/async/destinations.h"
#include "controller/queues/queue_types.h"
#include "controller/topics/topic_types.h"

namespace hearth::controller {

struct Letter {
  std::string arn;  // of one of the two
  std::optional<QueueId> queue;
  std::optional<TopicId> topic;
  NewMessage message;
  bool dead = false;  // else a destination's
};

// The event itself, and why it was given up.
NewMessage DeadLetterOf(const records::QueuedEvent& event, const EventEnd& end);
NewMessage RecordLetterOf(const records::QueuedEvent& event, std::string record);

}  // namespace hearth::controller
