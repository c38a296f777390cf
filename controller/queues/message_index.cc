#include "controller/queues/message_index.h"

#include <utility>

namespace hearth::controller {

using State = IndexedMessage::State;

size_t& MessageIndex::CountOf(State state) {
  switch (state) {
    case State::kVisible:
      return visible_count_;
    case State::kDelayed:
      return delayed_count_;
    case State::kInFlight:
      return in_flight_count_;
  }
  return visible_count_;
}

void MessageIndex::Enter(const IndexedMessage& message) {
  ++CountOf(message.state);
  if (message.state != State::kVisible) {
    hidden_.insert({message.hidden_until, message.number});
  } else if (!fifo_) {
    visible_.insert(message.number);
  }
  if (!fifo_) return;
  if (message.state == State::kInFlight) ++groups_[message.group].out;
  Settle(message.group);
}

void MessageIndex::Leave(const IndexedMessage& message) {
  --CountOf(message.state);
  if (message.state != State::kVisible) {
    hidden_.erase({message.hidden_until, message.number});
  } else if (!fifo_) {
    visible_.erase(message.number);
  }
  if (fifo_ && message.state == State::kInFlight) --groups_[message.group].out;
}

void MessageIndex::Settle(const std::string& name) {
  const auto found = groups_.find(name);
  if (found == groups_.end()) return;
  Group& group = found->second;
  const bool may =
      !group.members.empty() && group.out == 0 && messages_.at(*group.members.begin())->state == State::kVisible;
  if (may && group.turn == 0) {
    group.turn = next_turn_++;
    turns_.emplace(group.turn, name);
  }
  if (!may && group.turn != 0) {
    turns_.erase(group.turn);
    group.turn = 0;
  }
  if (group.members.empty()) groups_.erase(found);
}

void MessageIndex::Add(IndexedMessage message) {
  const uint64_t number = message.number;
  kept_since_.insert({message.kept_since, number});
  const auto [it, added] = messages_.emplace(number, std::make_unique<IndexedMessage>(std::move(message)));
  if (!added) return;
  if (fifo_) groups_[it->second->group].members.insert(number);
  Enter(*it->second);
}

IndexedMessage* MessageIndex::Find(uint64_t number) {
  const auto found = messages_.find(number);
  return found == messages_.end() ? nullptr : found->second.get();
}

void MessageIndex::Remove(uint64_t number) {
  const auto found = messages_.find(number);
  if (found == messages_.end()) return;
  const std::unique_ptr<IndexedMessage> message = std::move(found->second);
  messages_.erase(found);
  Leave(*message);
  kept_since_.erase({message->kept_since, number});
  if (!fifo_) return;
  groups_[message->group].members.erase(number);
  Settle(message->group);
}

void MessageIndex::Hide(IndexedMessage& message, MonotonicTime until) {
  Leave(message);
  message.state = State::kInFlight;
  message.hidden_until = until;
  Enter(message);
}

void MessageIndex::Show(IndexedMessage& message) {
  Leave(message);
  message.state = State::kVisible;
  message.hidden_until = {};
  Enter(message);
}

void MessageIndex::ShowDue(MonotonicTime now) {
  while (!hidden_.empty() && hidden_.begin()->first <= now) {
    IndexedMessage& message = *messages_.at(hidden_.begin()->second);
    Show(message);
  }
}

std::optional<MonotonicTime> MessageIndex::NextDue() const {
  if (hidden_.empty()) return std::nullopt;
  return hidden_.begin()->first;
}

void MessageIndex::Offer(const std::function<Decision(IndexedMessage&)>& decide) {
  if (fifo_) {
    OfferGroups(decide);
  } else {
    OfferAll(decide);
  }
}

void MessageIndex::OfferAll(const std::function<Decision(IndexedMessage&)>& decide) {
  while (!visible_.empty()) {
    IndexedMessage& message = *messages_.at(*visible_.begin());
    const Decision decision = decide(message);
    if (decision == Decision::kStop) return;
    Follow(decision, message);
  }
}

void MessageIndex::Follow(Decision decision, IndexedMessage& message) {
  if (decision == Decision::kRemoved) {
    Remove(message.number);
  } else {
    Hide(message, message.hidden_until);
  }
}

void MessageIndex::OfferGroups(const std::function<Decision(IndexedMessage&)>& decide) {
  // Each group is asked once: what is visible of it goes out in order, then it waits.
  const uint64_t last = next_turn_;
  while (!turns_.empty() && turns_.begin()->first < last) {
    const std::string name = turns_.begin()->second;
    if (OfferGroup(name, decide) == Decision::kStop) return;
  }
}

MessageIndex::Decision MessageIndex::OfferGroup(const std::string& name,
                                                const std::function<Decision(IndexedMessage&)>& decide) {
  for (uint64_t next = 0;;) {
    const auto group = groups_.find(name);  // gone once its last message was removed
    if (group == groups_.end()) return Decision::kTaken;
    const auto member = group->second.members.lower_bound(next);
    if (member == group->second.members.end()) return Decision::kTaken;
    next = *member + 1;
    IndexedMessage& message = *messages_.at(*member);
    if (message.state != State::kVisible) return Decision::kTaken;
    const Decision decision = decide(message);
    if (decision == Decision::kStop) return decision;
    Follow(decision, message);
  }
}

std::vector<uint64_t> MessageIndex::KeptSinceBefore(MonotonicTime time, size_t limit) const {
  std::vector<uint64_t> numbers;
  for (auto it = kept_since_.begin(); it != kept_since_.end() && it->first < time && numbers.size() < limit; ++it) {
    numbers.push_back(it->second);
  }
  return numbers;
}

std::vector<const IndexedMessage*> MessageIndex::All() const {
  std::vector<const IndexedMessage*> all;
  all.reserve(messages_.size());
  for (const auto& [number, message] : messages_) all.push_back(message.get());
  return all;
}

}  // namespace hearth::controller
