// FakeWorkers records what the scheduler sends and lets a test answer it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/async.h"
#include "controller/scheduler/placer.h"
#include "controller/scheduler/worker_link.h"

namespace hearth::controller {

class FakeWorkers final : public WorkerCommands {
 public:
  absl::Status Start(const std::string& worker_id, const node::StartEnvironment& start) override {
    if (gone.contains(worker_id)) return absl::UnavailableError("gone");
    starts.push_back({worker_id, start.environment_id()});
    specs.push_back(start.spec());
    return absl::OkStatus();
  }
  absl::Status Invoke(const std::string& worker_id, const Invocation& invocation) override {
    if (gone.contains(worker_id)) return absl::UnavailableError("gone");
    if (full) return absl::ResourceExhaustedError("full");
    invokes.push_back(invocation);
    return absl::OkStatus();
  }
  absl::Status Credit(const std::string&, const node::ResponseCredit& credit) override {
    credits.push_back(credit);
    return absl::OkStatus();
  }
  absl::Status Stop(const std::string& worker_id, const std::string& environment_id) override {
    stops.push_back({worker_id, environment_id});
    return absl::OkStatus();
  }
  absl::Status Release(const std::string& worker_id) override {
    released.push_back(worker_id);
    return absl::OkStatus();
  }

  std::set<std::string> gone;
  bool full = false;
  std::vector<Placement> starts, stops;
  std::vector<node::EnvironmentSpec> specs;  // of the starts
  std::vector<node::ResponseCredit> credits;
  std::vector<std::string> released;
  std::vector<Invocation> invokes;
};

// The value of an Async once it is there.
template <class T>
std::shared_ptr<std::optional<T>> Watch(Async<T> work) {
  auto seen = std::make_shared<std::optional<T>>();
  StartAsync(std::move(work), [seen](T value) { seen->emplace(std::move(value)); });
  return seen;
}

inline node::Hello HelloOf(const std::string& worker_id, int64_t memory_mb = 65536) {
  node::Hello hello;
  hello.set_worker_id(worker_id);
  hello.set_memory_bytes(memory_mb << 20);
  hello.set_architecture("x86_64");
  node::InstalledRuntime& runtime = *hello.add_runtimes();
  runtime.set_family("python");
  runtime.set_version("3.11.2");
  return hello;
}

inline std::shared_ptr<records::FunctionVersion> VersionOf(const std::string& key) {
  auto version = std::make_shared<records::FunctionVersion>();
  version->set_account("123456789012");
  version->set_name("f");
  version->set_version("$LATEST");
  version->set_runtime("python3.11");
  version->set_architecture("x86_64");
  version->set_memory_mb(128);
  version->set_timeout_seconds(3);
  version->set_environment_key(key);
  version->set_state(records::FunctionVersion::ACTIVE);
  return version;
}

inline node::EnvironmentReady ReadyOf(const std::string& environment_id) {
  node::EnvironmentReady ready;
  ready.set_environment_id(environment_id);
  return ready;
}

inline node::EnvironmentGone GoneOf(const std::string& environment_id, node::EnvironmentGone::Reason reason,
                                    const std::string& detail = "") {
  node::EnvironmentGone gone;
  gone.set_environment_id(environment_id);
  gone.set_reason(reason);
  gone.set_detail(detail);
  return gone;
}

// A placer with a fleet of fake workers and a clock that stands still.
class PlacerFixture : public testing::Test {
 protected:
  using Seen = std::shared_ptr<std::optional<PlaceOutcome>>;

  ~PlacerFixture() override { placer_.Stop(); }  // whoever still waits is answered: nothing is left suspended

  Seen Place(const std::string& key = "k") { return Watch(placer_.Place(VersionOf(key))); }
  void Join(const std::string& worker_id) {
    const node::Hello hello = HelloOf(worker_id);
    fleet_.Join(hello);
    placer_.WorkerJoined(hello);
  }
  // As Scheduler does when a worker says so.
  void Drain(const std::string& worker_id) {
    node::Capacity capacity;
    capacity.set_memory_bytes(int64_t{65536} << 20);
    capacity.set_draining(true);
    fleet_.Report(worker_id, capacity);
    placer_.WorkerDraining(worker_id);
  }
  void Ready(size_t start) {
    placer_.EnvironmentReady(workers_.starts[start].worker_id, ReadyOf(workers_.starts[start].environment_id));
  }
  void Fail(size_t start, node::EnvironmentGone::Reason reason) {
    const Placement at = workers_.starts[start];
    placer_.EnvironmentGone(at.worker_id, GoneOf(at.environment_id, reason, "detail"));
  }
  void Pass(std::chrono::milliseconds time) {
    for (auto passed = std::chrono::milliseconds(0); passed < time; passed += std::chrono::milliseconds(25)) {
      clock_.Advance(std::chrono::milliseconds(25));
      placer_.Tick();
    }
  }
  static bool Placed(const Seen& seen) { return *seen && std::holds_alternative<Placement>(**seen); }
  static std::optional<NotPlaced::Reason> Refusal(const Seen& seen) {
    if (!*seen || Placed(seen)) return std::nullopt;
    return std::get<NotPlaced>(**seen).reason;
  }
  // An environment that has served one invocation of this length and is idle.
  std::string Warm(std::chrono::microseconds duration) {
    const Seen seen = Place();
    clock_.Advance(std::chrono::milliseconds(100));
    Ready(workers_.starts.size() - 1);
    const std::string id = std::get<Placement>(**seen).environment_id;
    placer_.InvocationEnded(id, true, duration);
    return id;
  }

  FakeClock clock_;
  SeededRandom random_{1};
  RuntimeSupport runtimes_{"us-east-1", false};
  Fleet fleet_{runtimes_, random_};
  FakeWorkers workers_;
  SpecFactory spec_of_ = [](const records::FunctionVersion&) { return node::EnvironmentSpec(); };
  Limits limits_;
  Placer placer_{{.limits_of = [this](const std::string&) { return limits_; }}, fleet_, workers_,
                 [this](const auto& version) { return spec_of_(version); },     clock_, random_};
};

}  // namespace hearth::controller
