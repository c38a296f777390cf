// EnvironmentTest drives one Environment whose sandbox, runtime, loop and clock are fakes.
//
// Threads: one, the test's.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "worker/environments/environment.h"
#include "worker/environments/fake_loop.h"
#include "worker/environments/fake_runtime.h"
#include "worker/environments/fake_sandbox.h"

namespace hearth::worker {

inline constexpr char kId[] = "8b6d2c1e-0000-4000-8000-000000000001";

struct EnvironmentEvents final : EnvironmentOwner {
  void OnReady(Environment&, bool failed, std::chrono::microseconds duration) override {
    log.push_back(failed ? "init failed" : "ready");
    init_duration = duration;
  }
  void OnResult(Environment&, node::InvocationResult result) override {
    log.push_back(result.environment_idle() ? "result, idle" : "result");
    results.push_back(std::move(result));
  }
  void OnIdle(Environment&) override { log.push_back("idle"); }
  void OnResponsePiece(Environment&, node::BulkChunk piece) override { streamed += piece.data(); }
  void OnClosed(Environment&, node::EnvironmentGone::Reason reason, std::string detail) override {
    log.push_back("closed");
    closed = reason;
    closed_detail = std::move(detail);
  }

  std::vector<std::string> log;
  std::vector<node::InvocationResult> results;
  std::string streamed;
  std::chrono::microseconds init_duration{0};
  std::optional<node::EnvironmentGone::Reason> closed;
  std::string closed_detail;
};

class EnvironmentTest : public testing::Test {
 protected:
  EnvironmentTest() {
    spec_.set_function_name("hello");
    spec_.set_version("$LATEST");
    spec_.set_runtime("python3.12");
    spec_.set_memory_mb(128);
    spec_.set_timeout_ms(3000);
    spec_.set_runtime_version_text("python:3.12.v1");
    spec_.set_runtime_version_arn("arn:aws:lambda:us-east-1::runtime:00");
    provisioned_.choice.bootstrap = "/var/runtime/bootstrap";
    provisioned_.command.arguments = {"/var/runtime/bootstrap"};
    std::unique_ptr<Sandbox> sandbox = std::move(factory_.Create({})).value();
    provisioned_.sandbox = std::move(sandbox);
  }

  void Begin() {
    if (!provisioned_.choice.failure && provisioned_.extensions.empty()) {
      provisioned_.start = StartRuntime(*provisioned_.sandbox, provisioned_.command, clock_);
    }
    const EnvironmentServices services{loop_, work_, timer_, api_, shipper_, clock_};
    environment_ = std::make_unique<Environment>("env-1", spec_, LogDestination{"0", "/aws/lambda/hello", "stream"},
                                                 std::move(provisioned_), settings_, services, events_);
    environment_->Begin();
    loop_.Run();
  }
  // INIT, done.
  FakeReply BeginIdle() {
    Begin();
    loop_.Advance(std::chrono::microseconds(112940));
    FakeReply next = api_.Next();
    events_.log.clear();
    return next;
  }
  void Invoke(bool want_tail = false, int64_t response_window_bytes = 0) {
    node::Invoke invoke;
    invoke.set_invocation_id(7);
    invoke.set_request_id(kId);
    invoke.set_payload("{\"a\":1}");
    invoke.set_timeout_ms(3000);
    invoke.set_invoked_function_arn("arn:aws:lambda:us-east-1:0:function:hello");
    invoke.set_want_log_tail(want_tail);
    invoke.set_response_window_bytes(response_window_bytes);
    environment_->Invoke(std::move(invoke));
    loop_.Run();
  }
  void EndWithSandbox() {
    sandbox().kill_status = absl::UnavailableError("init is gone");
    RuntimeExit exit;
    exit.signal = 9;
    exit.with_sandbox = true;
    sandbox().Exit(exit);
    loop_.Run();
  }
  const node::InvocationResult& result() const { return events_.results.back(); }
  FakeSandboxState& sandbox() { return *factory_.made.back(); }

  FakeClock clock_;
  FakeLoop loop_{clock_};
  FakeWork work_{loop_};
  DeadlineTimer timer_{loop_, clock_};
  FakeRuntimeApi api_;
  FakeLogShipper shipper_;
  FakeSandboxFactory factory_;
  EnvironmentEvents events_;
  EnvironmentSettings settings_;
  node::EnvironmentSpec spec_;
  ProvisionedSandbox provisioned_;
  std::unique_ptr<Environment> environment_;
};

}  // namespace hearth::worker
