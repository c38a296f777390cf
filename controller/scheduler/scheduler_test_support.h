// FakeWorkers records what the scheduler sends and lets a test answer it.
#pragma once

#include <gtest/gtest.h>

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
    return absl::OkStatus();
  }
  absl::Status Invoke(const std::string& worker_id, const Invocation& invocation) override {
    if (gone.contains(worker_id)) return absl::UnavailableError("gone");
    if (full) return absl::ResourceExhaustedError("full");
    invokes.push_back(invocation);
    return absl::OkStatus();
  }
  absl::Status Stop(const std::string& worker_id, const std::string& environment_id) override {
    stops.push_back({worker_id, environment_id});
    return absl::OkStatus();
  }

  std::set<std::string> gone;
  bool full = false;
  std::vector<Placement> starts, stops;
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

}  // namespace hearth::controller
