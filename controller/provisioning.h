// Provisioning joins what sets concurrency aside and what keeps environments ready for it.
//
// Threads: built and destroyed by the main thread; ends its own thread. What is passed in outlives it.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "controller/api/lambda/provisioned/provisioned_concurrency.h"
#include "controller/invoke/concurrency_gate.h"
#include "controller/kept.h"
#include "controller/provisioned/provisioned_keeper.h"
#include "controller/scheduler/placer.h"
#include "controller/scheduler/ticker.h"

namespace hearth::controller {

struct Provisioning {
  static constexpr std::chrono::milliseconds kTick{100};

  Provisioning(const std::string& region, const LimitsOf& limits_of, Kept& kept, Placer& placer, Clock& clock)
      : gate(limits_of, clock),
        keeper(*kept.provisioned, *kept.functions, kept.catalog, placer, gate),
        api(
            region, limits_of, *kept.functions, *kept.provisioned,
            [this](const records::ProvisionedConcurrency& config) { return keeper.Of(config); }, clock),
        ticker(kTick, [this] { keeper.Tick(); }) {
    kept.functions->SetOnReserved([this](const FunctionId& id, std::optional<int64_t> reserved) {
      gate.SetReserved(id.account, id.name, reserved);
    });
  }

  ConcurrencyGate gate;
  ProvisionedKeeper keeper;
  ProvisionedConcurrencyApi api;
  Ticker ticker;
};

}  // namespace hearth::controller
