// Destinations hear how an event ended: what they are told, and whom an ARN names.
//
// Shapes:  records are the JSON of semantics.md §9; payloads are embedded as they are when they are JSON, else as text.
// Errors:  nullopt for an ARN that is no function Hearth can tell.
// Threads: no state.
// Source:  semantics.md §9 "Destination record".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "controller/async/retry_schedule.h"
#include "controller/invoke/invoker.h"
#include "proto/records.pb.h"

namespace hearth::controller {

struct EventEnd {
  EventFate fate = EventFate::kSucceeded;
  int32_t attempts = 0;  // that reached the function
  std::optional<records::LastAttempt> last;
};

std::string RenderDestinationRecord(const records::QueuedEvent& event, std::string_view region, const EventEnd& end,
                                    WallTime now);

// The function an ARN names, with its qualifier; nullopt when it is none of this region.
std::optional<InvokeTarget> FunctionOfArn(std::string_view arn, std::string_view region);

}  // namespace hearth::controller
