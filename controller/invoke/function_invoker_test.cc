#include "controller/invoke/function_invoker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <vector>

#include "common/limits.h"
#include "controller/invoke/lineage.h"
#include "controller/scheduler/scheduler.h"

namespace hearth::controller {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::MatchesRegex;

constexpr char kAccount[] = "123456789012";

// A worker that makes every environment at once and answers as `answer` says.
class ObedientWorker final : public WorkerCommands {
 public:
  absl::Status Start(const std::string& worker_id, const node::StartEnvironment& start) override {
    ++starts;
    if (fail_starts) {
      node::EnvironmentGone gone;
      gone.set_environment_id(start.environment_id());
      gone.set_reason(node::EnvironmentGone::FAILED);
      gone.set_detail("no such file");
      scheduler->OnEnvironmentGone(worker_id, gone);
      return absl::OkStatus();
    }
    node::EnvironmentReady ready;
    ready.set_environment_id(start.environment_id());
    scheduler->OnEnvironmentReady(worker_id, ready);
    return absl::OkStatus();
  }
  absl::Status Invoke(const std::string& worker_id, const Invocation& invocation) override {
    if (link_full) return absl::ResourceExhaustedError("full");
    invocations.push_back(invocation);
    if (silent) return absl::OkStatus();
    node::InvocationResult result;
    result.set_invocation_id(invocation.message.invocation_id());
    result.set_outcome(answer);
    if (rejections > 0) {
      --rejections;
      result.set_outcome(node::InvocationResult::REJECTED);
    }
    result.set_environment_idle(true);
    result.set_payload("\"done\"");
    result.set_log_tail("tail");
    scheduler->OnInvocationResult(worker_id, result);
    return absl::OkStatus();
  }
  absl::Status Credit(const std::string&, const node::ResponseCredit& credit) override {
    credits.push_back(credit);
    return absl::OkStatus();
  }
  absl::Status Stop(const std::string&, const std::string& environment_id) override {
    stopped.push_back(environment_id);
    return absl::OkStatus();
  }
  absl::Status Release(const std::string&) override { return absl::OkStatus(); }

  Scheduler* scheduler = nullptr;
  node::InvocationResult::Outcome answer = node::InvocationResult::SUCCESS;
  int rejections = 0;
  int starts = 0;
  bool silent = false, link_full = false, fail_starts = false;
  std::vector<node::ResponseCredit> credits;
  std::vector<Invocation> invocations;
  std::vector<std::string> stopped;
};

class FunctionInvokerTest : public testing::Test {
 protected:
  FunctionInvokerTest() {
    worker_.scheduler = &scheduler_;
    node::Hello hello;
    hello.set_worker_id("w");
    hello.set_memory_bytes(int64_t{8} << 30);
    hello.set_architecture("x86_64");
    node::InstalledRuntime& runtime = *hello.add_runtimes();
    runtime.set_family("python");
    runtime.set_version("3.11.2");
    scheduler_.OnWorkerJoined(hello);
    Put(records::FunctionVersion::ACTIVE);
  }
  ~FunctionInvokerTest() override {  // whoever still waits is answered: nothing is left suspended
    scheduler_.Stop();
    scheduler_.OnWorkerLost("w");
  }
  void Put(records::FunctionVersion::State state) {
    auto version = std::make_shared<records::FunctionVersion>();
    version->set_account(kAccount);
    version->set_name("f");
    version->set_version("$LATEST");
    version->set_runtime("python3.11");
    version->set_architecture("x86_64");
    version->set_memory_mb(128);
    version->set_timeout_seconds(3);
    version->set_environment_key("key");
    version->set_state(state);
    catalog_.Put(version);
  }
  static InvokeRequest Request() {
    InvokeRequest request;
    request.target = {kAccount, "f", "$LATEST"};
    request.request_id = "request";
    request.payload = "{}";
    return request;
  }
  using Seen = std::shared_ptr<std::optional<absl::StatusOr<InvokeOutcome>>>;
  Seen Invoke(InvokeRequest request = Request()) {
    auto seen = std::make_shared<std::optional<absl::StatusOr<InvokeOutcome>>>();
    StartAsync(invoker_.Invoke(std::move(request)),
               [seen](absl::StatusOr<InvokeOutcome> outcome) { seen->emplace(std::move(outcome)); });
    return seen;
  }
  template <class T>
  static std::optional<T> As(const Seen& seen) {
    if (!seen->has_value() || !(*seen)->ok() || !std::holds_alternative<T>(***seen)) return std::nullopt;
    return std::get<T>(***seen);
  }
  const node::Invoke& Sent() const { return worker_.invocations.at(0).message; }

  FakeClock clock_;
  SeededRandom random_{1};
  Catalog catalog_;
  RuntimeSupport runtimes_{"us-east-1", false};
  ObedientWorker worker_;
  Scheduler scheduler_{{}, runtimes_, worker_, [](const auto&) { return node::EnvironmentSpec(); }, clock_, random_};
  Limits limits_{.concurrent_executions = 10, .invocations_per_concurrency = 0};
  ConcurrencyGate gate_{[this](const std::string&) { return limits_; }, clock_};
  FunctionInvoker invoker_{VersionResolver(catalog_, "us-east-1", random_),
                           gate_,
                           scheduler_.placer(),
                           scheduler_.in_flight(),
                           clock_,
                           random_};
};

TEST_F(FunctionInvokerTest, AFunctionRunsAndItsAnswerComesBack) {
  const Seen seen = Invoke();
  const std::optional<Completed> completed = As<Completed>(seen);
  ASSERT_TRUE(completed.has_value());
  EXPECT_FALSE(completed->function_error);
  EXPECT_EQ(completed->payload, "\"done\"");
  EXPECT_EQ(completed->log_tail, "tail");
  EXPECT_EQ(completed->executed_version, "$LATEST");
}

class VersionSink final : public ResponseSink {
 public:
  void OnVersion(const std::string& name) override { version = name; }
  void OnBegin(std::string, std::shared_ptr<ResponseFlow>) override {}
  void OnPiece(std::string) override {}
  std::string version;
};

TEST_F(FunctionInvokerTest, AnAnswerThatIsToStreamGetsAWindowAndHearsItsVersion) {
  InvokeRequest request = Request();
  const auto sink = std::make_shared<VersionSink>();
  request.response = sink;
  Invoke(std::move(request));
  EXPECT_EQ(Sent().response_window_bytes(), kResponseWindowBytes);
  EXPECT_EQ(worker_.invocations[0].response, sink);
  EXPECT_EQ(sink->version, "$LATEST");
}

TEST_F(FunctionInvokerTest, AnAnswerThatComesWholeHasNoWindow) {
  Invoke();
  EXPECT_EQ(Sent().response_window_bytes(), 0);
}

TEST_F(FunctionInvokerTest, AFunctionErrorIsACompletion) {
  worker_.answer = node::InvocationResult::FUNCTION_ERROR;
  const Seen seen = Invoke();
  ASSERT_TRUE(As<Completed>(seen).has_value());
  EXPECT_TRUE(As<Completed>(seen)->function_error);
}

TEST_F(FunctionInvokerTest, TheSecondInvocationUsesTheSameEnvironment) {
  Invoke();
  Invoke();
  EXPECT_EQ(worker_.starts, 1);
  EXPECT_EQ(worker_.invocations.size(), 2u);
}

TEST_F(FunctionInvokerTest, TheWorkerIsToldWhatTheCallerAsked) {
  InvokeRequest request = Request();
  request.client_context = "{\"custom\":{}}";
  request.trace_header = "Root=1-5e1b4151-5ac6c58f4b5daa6532ffffff;Sampled=1";
  request.want_log_tail = true;
  Invoke(std::move(request));
  EXPECT_EQ(Sent().request_id(), "request");
  EXPECT_EQ(Sent().payload(), "{}");
  EXPECT_EQ(Sent().invoked_function_arn(), "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST");
  EXPECT_EQ(Sent().timeout_ms(), 3000);
  EXPECT_EQ(Sent().client_context(), "{\"custom\":{}}");
  EXPECT_EQ(Sent().trace_header(), WithRun("Root=1-5e1b4151-5ac6c58f4b5daa6532ffffff;Sampled=1", kAccount, "f"));
  EXPECT_TRUE(Sent().want_log_tail());
}

TEST_F(FunctionInvokerTest, AMissingTraceHeaderIsMade) {
  Invoke();
  EXPECT_THAT(Sent().trace_header(), MatchesRegex("Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;"
                                                  "Lineage=[0-9a-f]{8}:1"));
}

TEST_F(FunctionInvokerTest, AFunctionThatSetsItselfOffRunsSixteenTimesAndNoMore) {
  InvokeRequest request = Request();
  for (int i = 0; i < kMaxRunsInChain; ++i) {
    ASSERT_TRUE(As<Completed>(Invoke(request)).has_value()) << i;
    request.trace_header = worker_.invocations.back().message.trace_header();
  }
  const Seen seen = Invoke(request);
  ASSERT_TRUE(seen->has_value());
  EXPECT_TRUE(absl::IsAborted((*seen)->status()));
  EXPECT_EQ(worker_.invocations.size(), static_cast<size_t>(kMaxRunsInChain));
}

TEST_F(FunctionInvokerTest, ALargePayloadTravelsBesideItsMessage) {
  InvokeRequest request = Request();
  request.payload = std::string(kInlinePayloadBytes + 1, 'x');
  Invoke(std::move(request));
  EXPECT_EQ(Sent().payload(), "");
  EXPECT_EQ(Sent().bulk_bytes(), kInlinePayloadBytes + 1);
  EXPECT_EQ(worker_.invocations[0].bulk_payload->size(), kInlinePayloadBytes + 1);
}

TEST_F(FunctionInvokerTest, AnUnknownFunctionIsNotFound) {
  InvokeRequest request = Request();
  request.target.function_name = "g";
  EXPECT_EQ((*Invoke(std::move(request)))->status().code(), absl::StatusCode::kNotFound);
}

TEST_F(FunctionInvokerTest, APendingFunctionIsNotInvocable) {
  Put(records::FunctionVersion::PENDING);
  const Seen seen = Invoke();
  ASSERT_TRUE(As<NotInvocable>(seen).has_value());
  EXPECT_EQ(As<NotInvocable>(seen)->state, "Pending");
  EXPECT_EQ(worker_.starts, 0);
}

TEST_F(FunctionInvokerTest, TheAccountsLimitThrottles) {
  limits_.concurrent_executions = 1;
  worker_.silent = true;
  Invoke();
  const Seen seen = Invoke();
  ASSERT_TRUE(As<Throttled>(seen).has_value());
  EXPECT_EQ(As<Throttled>(seen)->reason, "ConcurrentInvocationLimitExceeded");
}

TEST_F(FunctionInvokerTest, APermitIsGivenBackWhenTheInvocationEnds) {
  limits_.concurrent_executions = 1;
  Invoke();
  EXPECT_EQ(gate_.Running(kAccount), 0);
  EXPECT_TRUE(As<Completed>(Invoke()).has_value());
}

TEST_F(FunctionInvokerTest, ARejectedInvocationIsPlacedAgainWithItsPayload) {
  worker_.rejections = 2;
  const Seen seen = Invoke();
  ASSERT_TRUE(As<Completed>(seen).has_value());
  ASSERT_EQ(worker_.invocations.size(), 3u);
  EXPECT_EQ(worker_.invocations[2].message.payload(), "{}");
  EXPECT_NE(worker_.invocations[0].message.environment_id(), worker_.invocations[2].message.environment_id());
}

TEST_F(FunctionInvokerTest, RejectionsDoNotGoOnForEver) {
  worker_.rejections = 100;
  EXPECT_TRUE(As<PlatformFailure>(Invoke()).has_value());
  EXPECT_EQ(worker_.invocations.size(), static_cast<size_t>(kMaxPlacementAttempts + kMaxFreedAttempts));
}

TEST_F(FunctionInvokerTest, ABrokenEnvironmentIsAPlatformFailureAndNoFunctionError) {
  worker_.answer = node::InvocationResult::PLATFORM_FAILURE;
  const Seen seen = Invoke();
  ASSERT_TRUE(As<PlatformFailure>(seen).has_value());
  EXPECT_EQ(worker_.invocations.size(), 1u);  // it may have run
}

TEST_F(FunctionInvokerTest, ALostWorkerIsAPlatformFailureAtOnce) {
  worker_.silent = true;
  const Seen seen = Invoke();
  EXPECT_FALSE(seen->has_value());
  scheduler_.OnWorkerLost("w");
  ASSERT_TRUE(As<PlatformFailure>(seen).has_value());
  EXPECT_THAT(As<PlatformFailure>(seen)->detail, HasSubstr("lost"));
}

TEST_F(FunctionInvokerTest, ASilentWorkerIsGivenUpAndTheEnvironmentStopped) {
  worker_.silent = true;
  const Seen seen = Invoke();
  clock_.Advance(3s + kInitTimeout + kAnswerGrace - 1ms);
  scheduler_.Tick();
  EXPECT_FALSE(seen->has_value());
  clock_.Advance(1ms);
  scheduler_.Tick();
  EXPECT_TRUE(As<PlatformFailure>(seen).has_value());
  EXPECT_EQ(worker_.stopped.size(), 1u);
}

TEST_F(FunctionInvokerTest, AFullLinkThrottlesAndKeepsTheEnvironment) {
  worker_.link_full = true;
  EXPECT_TRUE(As<Throttled>(Invoke()).has_value());
  worker_.link_full = false;
  EXPECT_TRUE(As<Completed>(Invoke()).has_value());
  EXPECT_EQ(worker_.starts, 1);
}

TEST_F(FunctionInvokerTest, AFailedStartIsAPlatformFailureWithItsReason) {
  worker_.fail_starts = true;
  const Seen seen = Invoke();
  ASSERT_TRUE(As<PlatformFailure>(seen).has_value());
  EXPECT_EQ(As<PlatformFailure>(seen)->detail, "no such file");
}

class WeightedInvocationsTest : public FunctionInvokerTest {
 protected:
  WeightedInvocationsTest() {
    for (const char* number : {"1", "2"}) {
      records::FunctionVersion version = *catalog_.FindServing(kAccount, "f", "");
      version.set_version(number);
      version.set_environment_key(std::string("key of ") + number);
      catalog_.PutVersion(version);
    }
  }
  // Whether the additional version ran within three standard deviations of its share of 20,000 invocations.
  bool RunsItsShare(double weight) {
    constexpr int kInvocations = 20000;
    records::Alias alias;
    alias.set_name("live");
    alias.set_function_version("1");
    alias.set_additional_version("2");
    alias.set_additional_weight(weight);
    catalog_.PutAlias(kAccount, "f", alias);
    std::map<std::string, int> executed;
    for (int i = 0; i < kInvocations; ++i) {
      InvokeRequest request = Request();
      request.target.qualifier = "live";
      StartAsync(drawing_.Invoke(std::move(request)), [&](const absl::StatusOr<InvokeOutcome>& outcome) {
        ++executed[std::get<Completed>(*outcome).executed_version];
      });
      worker_.invocations.clear();
    }
    EXPECT_EQ(executed["1"] + executed["2"], kInvocations);
    const double sigma = std::sqrt(kInvocations * weight * (1 - weight));
    return std::abs(executed["2"] - kInvocations * weight) <= 3 * sigma;
  }

  RealRandom chance_;
  FunctionInvoker drawing_{VersionResolver(catalog_, "us-east-1", chance_),
                           gate_,
                           scheduler_.placer(),
                           scheduler_.in_flight(),
                           clock_,
                           chance_};
};

// Chance is real here: of honest runs 0.27 % lie outside of three standard deviations. A second run may make up for one
// that does, so that this fails for no reason twice in 100,000 times, while a share that is wrong fails both.
TEST_F(WeightedInvocationsTest, ExecuteTheAdditionalVersionAsOftenAsItsWeightSays) {
  for (const double weight : {0.05, 0.25, 0.5}) EXPECT_TRUE(RunsItsShare(weight) || RunsItsShare(weight)) << weight;
}

}  // namespace
}  // namespace hearth::controller
