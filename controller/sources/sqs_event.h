// SqsEvent makes the event a function gets from messages of a queue, and reads which of them it could not process.
//
// Shapes:  {"Records":[…]}; a record is what patterns are matched on, with the body as JSON where it is JSON.
// Threads: no state.
// Source:  Lambda Developer Guide, "Using Lambda with Amazon SQS", "Reporting batch item failures".
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/io/json.h"
#include "controller/queues/queue_types.h"

namespace hearth::controller {

struct SqsSource {
  std::string queue_arn;
  std::string region;
  bool fifo = false;
};

Json SqsRecord(const ReceivedMessage& message, const SqsSource& source);
// The view of a record that filters see.
Json SqsFilterView(const ReceivedMessage& message, const SqsSource& source);
std::string SqsEvent(const std::vector<std::string>& records);

// The ids of the messages that failed; nullopt when all of them count as failed.
std::optional<std::set<std::string>> FailedItems(std::string_view payload, const std::set<std::string>& sent);

}  // namespace hearth::controller
