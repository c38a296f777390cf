#include "tests/simulation/ledger.h"

#include <fmt/format.h>

#include <algorithm>

namespace hearth::simulation {

using controller::Completed;
using controller::InvokeOutcome;
using controller::PlatformFailure;
using controller::Throttled;

std::string Ledger::Asked(const SimulatedFunction& function) {
  std::string id = fmt::format("r{}", next_++);
  requests_[id] = {.function = &function, .asked = world_.Now(), .revision = function.revision};
  ++counts_.asked;
  return id;
}

void Ledger::Answered(const std::string& request_id, const absl::StatusOr<InvokeOutcome>& outcome) {
  const auto it = requests_.find(request_id);
  if (it == requests_.end()) return Violation(fmt::format("{} is answered, and was never asked", request_id));
  Request& request = it->second;
  if (request.answered) return Violation(fmt::format("{} is answered twice", request_id));
  request.answered = true;
  ++counts_.answered;
  if (request.running) {
    --running_;
    --running_of_[request.function->name];
  }
  if (!outcome.ok()) return Violation(fmt::format("{}: {}", request_id, outcome.status().ToString()));
  if (std::holds_alternative<Completed>(*outcome)) {
    ++counts_.completed;
    if (request.runs != 1) Violation(fmt::format("{} succeeded and ran {} times", request_id, request.runs));
  } else if (std::holds_alternative<Throttled>(*outcome)) {
    ++counts_.throttled;
    if (request.runs != 0) Violation(fmt::format("{} was throttled and ran", request_id));
  } else if (std::holds_alternative<PlatformFailure>(*outcome)) {
    ++counts_.failed;
  } else {
    Violation(fmt::format("{} has an outcome nothing here causes", request_id));
  }
  if (!request.running) requests_.erase(it);
}

void Ledger::RunBegan(const std::string& request_id, int revision, bool cold) {
  ++counts_.runs;
  if (cold) ++counts_.cold_runs;
  const auto it = requests_.find(request_id);
  // Its caller gave up on the worker before the message came through.
  if (it == requests_.end()) return;
  Request& request = it->second;
  if (++request.runs > 1) Violation(fmt::format("{} runs a second time", request_id));
  if (revision < request.revision) {
    Violation(fmt::format("{} was asked of revision {} and runs revision {}", request_id, request.revision, revision));
  }
  counts_.longest_wait = std::max<Nanoseconds>(counts_.longest_wait, world_.Now() - request.asked);
  request.running = true;
  if (request.answered) return;
  ++running_;
  ++running_of_[request.function->name];
  CheckLimits(*request.function);
}

void Ledger::CheckLimits(const SimulatedFunction& function) {
  if (running_ > account_limit_) Violation(fmt::format("{} run, the account's limit is {}", running_, account_limit_));
  const int64_t of_function = running_of_[function.name];
  if (function.reserved && of_function > *function.reserved) {
    Violation(fmt::format("{} of {} run, {} are reserved", of_function, function.name, *function.reserved));
  }
}

void Ledger::RunEnded(const std::string& request_id) {
  const auto it = requests_.find(request_id);
  if (it == requests_.end() || !it->second.running) return;
  it->second.running = false;
  if (it->second.answered) {
    requests_.erase(it);
    return;
  }
  --running_;
  --running_of_[it->second.function->name];
}

void Ledger::MustBeAnswered(const std::string& request_id) {
  const auto it = requests_.find(request_id);
  if (it == requests_.end() || it->second.answered) return;
  Violation(fmt::format("{} waits, and the worker that ran it was found lost", request_id));
}

void Ledger::Violation(const std::string& text) {
  ++violation_count_;
  if (violations_.size() >= kKeptViolations) return;
  const double seconds = std::chrono::duration<double>(world_.Now().time_since_epoch()).count();
  violations_.push_back(fmt::format("at {:.6f} s: {}", seconds, text));
}

void Ledger::CheckNobodyWaits() {
  for (const auto& [id, request] : requests_) {
    if (!request.answered) Violation(fmt::format("{} of {} was never answered", id, request.function->name));
  }
}

}  // namespace hearth::simulation
