// The system attributes of a received message, by the names and in the texts that consumers and functions see.
//
// Threads: no state.
// Source:  AWS SQS API Reference, "ReceiveMessage".
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/queues/queue_types.h"

namespace hearth::controller {

// Twenty digits, greater for every later message.
std::string SequenceNumberText(uint64_t number);
std::vector<std::pair<std::string, std::string>> SystemAttributesOf(const ReceivedMessage& received, bool fifo);
// A name that may be asked for.
bool IsSystemAttribute(std::string_view name);
bool IsSystemAttributeAsked(std::string_view name, const std::vector<std::string>& asked);

}  // namespace hearth::controller
