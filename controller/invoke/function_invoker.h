// FunctionInvoker runs functions on the fleet: resolve, admit, place, send, answer.
//
// Errors, Threads: those of Invoker. A worker that rejects (nothing ran) is followed by another placement; a worker
// that
//          is lost, or silent for longer than the function may take, is not: the function may have run.
// Limits:  kMaxPlacementAttempts placements, and kMaxFreedAttempts that wait for an environment to become free; timeout
// + INIT + kAnswerGrace until a silent worker is given up.
#pragma once

#include <chrono>
#include <string>

#include "common/clock.h"
#include "common/random.h"
#include "controller/invoke/concurrency_gate.h"
#include "controller/invoke/invoker.h"
#include "controller/invoke/version_resolver.h"
#include "controller/scheduler/in_flight.h"
#include "controller/scheduler/placer.h"

namespace hearth::controller {

inline constexpr std::chrono::seconds kAnswerGrace{30};
inline constexpr int kMaxFreedAttempts = 3;

class FunctionInvoker final : public Invoker {
 public:
  FunctionInvoker(VersionResolver resolver, ConcurrencyGate& gate, Placer& placer, InFlight& in_flight, Clock& clock,
                  Random& random)
      : resolver_(std::move(resolver)),
        gate_(gate),
        placer_(placer),
        in_flight_(in_flight),
        clock_(clock),
        random_(random) {}

  Async<absl::StatusOr<InvokeOutcome>> Invoke(InvokeRequest request) override;

 private:
  Async<InvokeOutcome> Run(FunctionVersionPtr version, Invocation invocation);
  Invocation InvocationOf(InvokeRequest request, const records::FunctionVersion& version);
  std::string NewTraceHeader();
  InvokeOutcome NotAnswered(const absl::Status& status, const Placement& placement);

  const VersionResolver resolver_;
  ConcurrencyGate& gate_;
  Placer& placer_;
  InFlight& in_flight_;
  Clock& clock_;
  Random& random_;
};

}  // namespace hearth::controller
