#include "worker/agent/command_router.h"

#include <utility>

namespace hearth::worker {

void CommandRouter::Route(uint64_t session, node::ControllerMessage message) {
  switch (message.kind_case()) {
    case node::ControllerMessage::kStartEnvironment:
      return pool_.Start(std::move(*message.mutable_start_environment()));
    case node::ControllerMessage::kInvoke: {
      const node::Invoke& invoke = message.invoke();
      {
        MutexLock lock(mutex_);
        flights_.insert_or_assign(invoke.invocation_id(), Flight{session, invoke.environment_id()});
      }
      return pool_.Invoke(std::move(*message.mutable_invoke()));
    }
    case node::ControllerMessage::kStopEnvironment:
      return pool_.Stop(message.stop_environment().environment_id());
    case node::ControllerMessage::kResponseCredit:
      return pool_.Credit(std::move(*message.mutable_response_credit()));
    case node::ControllerMessage::kRenewedIdentity:
      return pool_.RenewIdentity(std::move(*message.mutable_renewed_identity()));
    case node::ControllerMessage::kWelcome:
    case node::ControllerMessage::kDrained:
    case node::ControllerMessage::KIND_NOT_SET:
      return;  // the link's own, or of a newer controller
  }
}

std::optional<uint64_t> CommandRouter::SessionOf(uint64_t invocation_id) const {
  MutexLock lock(mutex_);
  const auto it = flights_.find(invocation_id);
  return it == flights_.end() ? std::nullopt : std::optional(it->second.session);
}

std::optional<CommandRouter::Flight> CommandRouter::Settle(uint64_t invocation_id) {
  MutexLock lock(mutex_);
  const auto it = flights_.find(invocation_id);
  if (it == flights_.end()) return std::nullopt;
  std::optional<Flight> flight(std::move(it->second));
  flights_.erase(it);
  return flight;
}

std::vector<std::string> CommandRouter::BusyEnvironments() const {
  MutexLock lock(mutex_);
  std::vector<std::string> busy;
  for (const auto& [id, flight] : flights_) busy.push_back(flight.environment_id);
  return busy;
}

}  // namespace hearth::worker
