// The checksums of messages that consumers compare.
//
// Threads: no state.
// Source:  SQS Developer Guide, "Calculating the MD5 message digest for message attributes".
#pragma once

#include <string>
#include <vector>

#include "proto/queue_records.pb.h"

namespace hearth::controller {

using MessageAttributes = std::vector<records::QueueMessageAttribute>;

// Of attributes in the order of their names; empty without attributes.
std::string Md5OfAttributes(const MessageAttributes& attributes);
// Puts attributes in order and fills in what follows from body, attributes and trace header.
void AddChecksums(records::QueueMessage& message);

}  // namespace hearth::controller
