#include "controller/async/event_queue.h"

#include <algorithm>
#include <utility>

namespace hearth::controller {

EventQueue::Function& EventQueue::FunctionOf(const std::string& name) {
  std::unique_ptr<Function>& function = functions_[name];
  if (function == nullptr) {
    function = std::make_unique<Function>();
    function->name = name;
  }
  return *function;
}

void EventQueue::Add(const std::string& name, const QueuedEntry& entry, MonotonicTime due) {
  Function& function = FunctionOf(name);
  ++waiting_;
  if (due > MonotonicTime{}) {
    ++function.delayed;
    delayed_.emplace(due, std::pair(&function, entry));
    return;
  }
  function.ready.push_back(entry);
  GiveTurn(function);
}

void EventQueue::GiveTurn(Function& function) {
  if (function.in_turn || function.ready.empty() || function.running >= function.window) return;
  function.in_turn = true;
  turns_.push_back(&function);
}

// What was delayed goes before what never ran: it is older.
void EventQueue::Promote(MonotonicTime now) {
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    auto [function, entry] = delayed_.begin()->second;
    delayed_.erase(delayed_.begin());
    --function->delayed;
    function->ready.push_front(entry);
    GiveTurn(*function);
  }
}

std::optional<EventQueue::Turn> EventQueue::Take(MonotonicTime now) {
  Promote(now);
  if (running_ >= kMaxRunning || turns_.empty()) return std::nullopt;
  Function& function = *turns_.front();
  turns_.pop_front();
  function.in_turn = false;
  Turn turn{function.name, function.ready.front()};
  function.ready.pop_front();
  ++function.running;
  ++running_;
  --waiting_;
  GiveTurn(function);
  return turn;
}

void EventQueue::Ended(const std::string& name, bool throttled) {
  Function& function = FunctionOf(name);
  --running_;
  --function.running;
  function.window = throttled ? std::max<size_t>(1, std::min(function.window, function.running + 1) / 2)
                              : std::min(function.window + 1, kLargestWindow);
  GiveTurn(function);
  if (function.running == 0 && function.ready.empty() && function.delayed == 0) functions_.erase(name);
}

std::optional<MonotonicTime> EventQueue::NextDue() const {
  if (delayed_.empty() || running_ >= kMaxRunning) return std::nullopt;
  return delayed_.begin()->first;
}

}  // namespace hearth::controller
