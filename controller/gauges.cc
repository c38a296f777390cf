#include "controller/gauges.h"

namespace hearth::controller {

void RefreshGauges(Metrics& metrics, const SchedulerSnapshot& snapshot, const AsyncCounts& events,
                   const DeliveryCounts& deliveries, const RequestVerifier& verifier) {
  const auto set = [&](const char* name, const char* help, int64_t value) {
    metrics.Gauge(name, help, {}).Set(static_cast<double>(value));
  };
  set("hearth_workers", "Workers that have joined.", snapshot.fleet.workers);
  set("hearth_signatures_not_remembered", "Calls that would be taken a second time, for want of memory.",
      verifier.signatures_not_remembered());
  set("hearth_worker_memory_bytes", "Memory of all workers for environments.", snapshot.fleet.memory_bytes);
  set("hearth_worker_memory_reserved_bytes", "Sum of the memory limits of their environments.",
      snapshot.fleet.memory_reserved_bytes);
  set("hearth_environments_idle", "Environments that take an invocation at once.",
      static_cast<int64_t>(snapshot.environments.idle));
  set("hearth_environments_busy", "Environments that run one.", static_cast<int64_t>(snapshot.environments.busy));
  set("hearth_environments_starting", "Environments being made.", static_cast<int64_t>(snapshot.environments.starting));
  set("hearth_invocations_waiting", "Invocations without an environment yet.",
      static_cast<int64_t>(snapshot.environments.waiting));
  set("hearth_environments_provisioned", "Environments that are kept ready, idle or busy.",
      static_cast<int64_t>(snapshot.environments.provisioned));
  set("hearth_provisioned_concurrency_invocations", "Invocations by provisioned environments, since the start.",
      snapshot.environments.provisioned_invocations);
  set("hearth_provisioned_concurrency_spillover_invocations",
      "Invocations of provisioned versions by other environments, since the start.",
      snapshot.environments.spillover_invocations);
  set("hearth_events_waiting", "Accepted events that wait to run.", static_cast<int64_t>(events.waiting));
  set("hearth_events_running", "Accepted events that run.", static_cast<int64_t>(events.running));
  set("hearth_dead_letter_errors", "Dead letters that nobody took, since the start.",
      static_cast<int64_t>(events.dead_letter_errors));
  set("hearth_destination_errors", "Records of destinations that nobody took, since the start.",
      static_cast<int64_t>(events.destination_errors));
  set("hearth_topic_messages_waiting", "Published messages that someone has not got yet.",
      static_cast<int64_t>(deliveries.waiting + deliveries.running));
  set("hearth_topic_deliveries_lost", "Deliveries given up that no dead-letter queue took, since the start.",
      static_cast<int64_t>(deliveries.lost));
  set("hearth_invocations_in_flight", "Invocations a worker runs.",
      static_cast<int64_t>(snapshot.invocations_in_flight));
}

}  // namespace hearth::controller
