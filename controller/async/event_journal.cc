#include "controller/async/event_journal.h"

#include <fmt/format.h>

#include "common/errors.h"
#include "controller/store/key_layout.h"
#include "controller/store/record.h"

namespace hearth::controller {
namespace {

constexpr size_t kScanPage = 5000;

}  // namespace

absl::Status EventJournal::Load(const Visit& visit) {
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const auto page, database_.Scan(kEventStatePrefix, after, kScanPage));
    for (const KeyValue& pair : page) {
      const std::optional<uint64_t> sequence = ParseEventStateKey(pair.key);
      if (!sequence) return absl::DataLossError(fmt::format("{} is no key of an event", pair.key));
      ASSIGN_OR_RETURN(const auto state, ParseRecord<records::QueuedEventState>(pair.key, pair.value));
      visit(*sequence, state);
      next_.store(*sequence + 1);
    }
    if (page.size() < kScanPage) return absl::OkStatus();
    after = page.back().key;
  }
}

uint64_t EventJournal::StageNew(const records::QueuedEvent& event, int64_t accepted_ms, WriteBatch& batch) {
  const uint64_t sequence = next_.fetch_add(1);
  records::QueuedEventState state;
  state.set_account(event.account());
  state.set_function_name(event.function_name());
  state.set_accepted_ms(accepted_ms);
  batch.Put(EventKey(sequence), event.SerializeAsString());
  batch.Put(EventStateKey(sequence), state.SerializeAsString());
  return sequence;
}

void EventJournal::StageState(uint64_t sequence, const records::QueuedEventState& state,
                              const std::optional<records::LastAttempt>& attempt, WriteBatch& batch) const {
  batch.Put(EventStateKey(sequence), state.SerializeAsString());
  if (attempt) batch.Put(LastAttemptKey(sequence), attempt->SerializeAsString());
}

void EventJournal::StageRemoval(uint64_t sequence, WriteBatch& batch) const {
  batch.Delete(EventStateKey(sequence));
  batch.Delete(EventKey(sequence));
  batch.Delete(LastAttemptKey(sequence));
}

absl::StatusOr<records::QueuedEvent> EventJournal::Read(uint64_t sequence) const {
  const std::string key = EventKey(sequence);
  ASSIGN_OR_RETURN(const std::string bytes, database_.Get(key));
  return ParseRecord<records::QueuedEvent>(key, bytes);
}

absl::StatusOr<std::optional<records::LastAttempt>> EventJournal::ReadLastAttempt(uint64_t sequence) const {
  const std::string key = LastAttemptKey(sequence);
  const absl::StatusOr<std::string> bytes = database_.Get(key);
  if (absl::IsNotFound(bytes.status())) return std::optional<records::LastAttempt>();
  if (!bytes.ok()) return bytes.status();
  ASSIGN_OR_RETURN(auto attempt, ParseRecord<records::LastAttempt>(key, *bytes));
  return std::optional<records::LastAttempt>(std::move(attempt));
}

}  // namespace hearth::controller
