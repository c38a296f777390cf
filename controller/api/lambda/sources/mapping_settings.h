// The settings of an event source mapping that Create- and UpdateEventSourceMapping share.
//
// Errors:  the reader's and the validation's; InvalidParameterValueException for what AWS refuses on a queue, and for
//          what is not carried out.
// Threads: no state.
// Source:  api.md "Event source mappings"; errors.tsv.
#pragma once

#include "absl/status/status.h"
#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/validation.h"
#include "proto/event_source_records.pb.h"

namespace hearth::controller {

// What the body says, on top of what `source` says already.
absl::Status ReadMappingSettings(BodyReader& body, Validation& validation, records::EventSource& source);
// Settings of other kinds of sources, and those nobody carries out.
absl::Status RefuseOtherSettings(const Json& body);
// What depends on the kind of queue.
absl::Status CheckBatching(const records::EventSource& source, bool fifo);

}  // namespace hearth::controller
