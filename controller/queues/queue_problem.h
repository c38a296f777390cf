// QueueProblem is why a queue refuses something: the caller's doing, unlike a failure of the store.
//
// Threads: no state.
#pragma once

#include <optional>
#include <string_view>

#include "absl/status/status.h"

namespace hearth::controller {

enum class QueueProblem {
  kNoQueue,
  kNameTaken,
  kDeletedRecently,
  kPurgedRecently,
  kTooMany,         // of whatever the text says
  kInvalidReceipt,  // is none of this queue's
  kExpiredReceipt,  // the message was given to someone else since, or may be
  kNoMessage,       // the receipt's message is gone
  kNotInFlight,
  kHiddenTooLong,
  kNoTask,
  kTaskRunning,
  kNoDeadLetterQueue,  // the queue is none of any other
};

absl::Status QueueProblemError(QueueProblem problem, std::string_view message);
// nullopt for any other status.
std::optional<QueueProblem> QueueProblemOf(const absl::Status& status);

}  // namespace hearth::controller
