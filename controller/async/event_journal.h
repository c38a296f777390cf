// EventJournal keeps accepted events on disk: two rows each, so that the small one can be read for all of them at
// start.
//
// Shapes:  events are numbered in the order they were accepted; a number is used once in the life of a database or,
// after
//          a start that found no event, again.
// Errors:  the database's; NotFound for an event that is gone; DataLoss names the row that cannot be read.
// Threads: any thread. Stage functions only add to a batch: whoever writes it decides whether it is synced.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "controller/store/database.h"
#include "proto/records.pb.h"

namespace hearth::controller {

class EventJournal {
 public:
  explicit EventJournal(const Database& database) : database_(database) {}

  // Calls `visit` for every waiting event, in order; numbers go on after the last. Once, before anything is added.
  using Visit = std::function<void(uint64_t sequence, const records::QueuedEventState& state)>;
  absl::Status Load(const Visit& visit);

  uint64_t StageNew(const records::QueuedEvent& event, int64_t accepted_ms, WriteBatch& batch);
  void StageState(uint64_t sequence, const records::QueuedEventState& state,
                  const std::optional<records::LastAttempt>& attempt, WriteBatch& batch) const;
  void StageRemoval(uint64_t sequence, WriteBatch& batch) const;

  absl::StatusOr<records::QueuedEvent> Read(uint64_t sequence) const;
  // nullopt when no attempt has failed.
  absl::StatusOr<std::optional<records::LastAttempt>> ReadLastAttempt(uint64_t sequence) const;

 private:
  const Database& database_;
  std::atomic<uint64_t> next_{1};
};

}  // namespace hearth::controller
