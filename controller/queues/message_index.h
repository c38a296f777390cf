// MessageIndex knows of every message of one queue where it stands: visible, delayed or with a consumer.
//
// Shapes:  messages are known by the number of their state, which orders them. In a first-in-first-out queue each has a
//          group: while one of a group is out, the others of the group wait.
// Errors:  none; Find answers nullptr.
// Threads: one at a time.
// Limits:  about 250 bytes a message.
// Source:  SQS Developer Guide, "Amazon SQS visibility timeout", "FIFO delivery logic".
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "common/clock.h"

namespace hearth::controller {

struct IndexedMessage {
  enum class State : uint8_t { kVisible, kDelayed, kInFlight };

  uint64_t number = 0;   // of its state
  uint64_t message = 0;  // of its row
  uint64_t secret = 0;
  int64_t kept_since_ms = 0;
  int64_t first_received_ms = 0;
  MonotonicTime kept_since{};
  MonotonicTime received{};  // last
  MonotonicTime hidden_until{};
  std::shared_ptr<const std::string> dead_letter_source = nullptr;  // where it was moved from
  std::string group = {};
  int32_t receives = 0;
  int32_t hidden_seconds = 0;
  State state = State::kVisible;
  bool leaving = false;  // its removal is on the way to the disk
};

class MessageIndex {
 public:
  struct Counts {
    size_t visible = 0;
    size_t delayed = 0;
    size_t in_flight = 0;
  };

  explicit MessageIndex(bool fifo) : fifo_(fifo) {}

  // Its state says where it stands. Precondition: no other has its number.
  void Add(IndexedMessage message);
  IndexedMessage* Find(uint64_t number);
  void Remove(uint64_t number);

  enum class Decision { kTaken, kRemoved, kStop };
  // Offers visible messages, oldest first: taken ones go in flight (the caller has set until when), removed ones are
  // gone from here.
  void Offer(const std::function<Decision(IndexedMessage& message)>& decide);
  // In flight until another time, or visible again.
  void Hide(IndexedMessage& message, MonotonicTime until);
  void Show(IndexedMessage& message);
  // Makes visible what was hidden until now.
  void ShowDue(MonotonicTime now);
  std::optional<MonotonicTime> NextDue() const;

  // The messages kept since before `time`, oldest first; at most `limit`.
  std::vector<uint64_t> KeptSinceBefore(MonotonicTime time, size_t limit) const;
  std::vector<const IndexedMessage*> All() const;

  Counts counts() const { return {visible_count_, delayed_count_, in_flight_count_}; }
  size_t size() const { return messages_.size(); }

 private:
  struct Group {
    absl::btree_set<uint64_t> members;
    size_t out = 0;     // in flight, or leaving
    uint64_t turn = 0;  // its place among those that may give; 0: it may not
  };
  using Due = std::pair<MonotonicTime, uint64_t>;

  void Leave(const IndexedMessage& message);
  void Enter(const IndexedMessage& message);
  size_t& CountOf(IndexedMessage::State state);
  void Follow(Decision decision, IndexedMessage& message);
  void OfferAll(const std::function<Decision(IndexedMessage&)>& decide);
  void OfferGroups(const std::function<Decision(IndexedMessage&)>& decide);
  Decision OfferGroup(const std::string& name, const std::function<Decision(IndexedMessage&)>& decide);
  // Gives the group a turn, or takes it away, as its members say.
  void Settle(const std::string& name);

  const bool fifo_;
  absl::flat_hash_map<uint64_t, std::unique_ptr<IndexedMessage>> messages_;
  absl::btree_set<uint64_t> visible_;  // of a standard queue
  absl::btree_set<Due> hidden_;
  absl::btree_set<Due> kept_since_;
  absl::flat_hash_map<std::string, Group> groups_;
  std::map<uint64_t, std::string> turns_;
  uint64_t next_turn_ = 1;
  size_t visible_count_ = 0;
  size_t delayed_count_ = 0;
  size_t in_flight_count_ = 0;
};

}  // namespace hearth::controller
