#include "controller/async/dispatcher.h"
#include "common/work_thread.h"

#include <gtest/gtest.h>

#include <deque>
#include <future>
#include <set>

#include "controller/invoke/lineage.h"

namespace hearth::controller {
namespace {

using namespace std::chrono_literals;

constexpr char kAccount[] = "000000000000";
constexpr char kRegion[] = "us-east-1";

InvokeOutcome Answered() { return Completed{false, "\"done\"", "", "$LATEST"}; }
InvokeOutcome Failed() { return Completed{true, R"({"errorMessage":"x"})", "", "$LATEST"}; }
InvokeOutcome Refused() { return Throttled{"ReservedFunctionConcurrentInvocationLimitExceeded"}; }

// Answers what the test laid out, the last answer for ever.
class ScriptedInvoker final : public Invoker {
 public:
  Async<absl::StatusOr<InvokeOutcome>> Invoke(InvokeRequest request) override {
    requests.push_back(request);
    if (hold) {
      Completion<absl::StatusOr<InvokeOutcome>> completion;
      held.push_back(completion);
      auto outcome = co_await completion.Wait();
      co_return outcome;
    }
    absl::StatusOr<InvokeOutcome> answer = answers.front();
    if (answers.size() > 1) answers.pop_front();
    co_return answer;
  }

  std::deque<absl::StatusOr<InvokeOutcome>> answers = {Answered()};
  std::vector<InvokeRequest> requests;
  bool hold = false;
  std::vector<Completion<absl::StatusOr<InvokeOutcome>>> held;
};

class DispatcherTest : public testing::Test {
 protected:
  DispatcherTest() { Restart(); }

  // A new process on the same database.
  void Restart() {
    dispatcher_.reset();
    journal_.reset();
    journal_.emplace(*database_);
    dispatcher_.emplace(
        AsyncOptions{.region = kRegion, .max_waiting = 1000}, *database_, *journal_, commits_, *configs_, invoker_,
        [this](const FunctionId&) { return never_runs_; }, clock_, random_);
    dispatcher_->SetRules({.may_invoke = [this](const auto& event, const InvokeTarget& target) {
      asked_ = event.function_name() + ">" + target.account + "/" + target.function_name + ":" + target.qualifier;
      return may_;
    }});
    ASSERT_TRUE(dispatcher_->Load().ok());
  }
  absl::Status Accept(const std::string& request_id = "r", const std::string& function = "hello") {
    records::QueuedEvent event;
    event.set_request_id(request_id);
    event.set_account(kAccount);
    event.set_function_name(function);
    event.set_payload("{}");
    std::promise<absl::Status> done;
    StartAsync(dispatcher_->Accept(std::move(event)), [&](absl::Status status) { done.set_value(status); });
    return done.get_future().get();
  }
  // Until nothing is left to do now.
  void Run() {
    for (int i = 0; i < 10; ++i) dispatcher_->RunOnce();
  }
  void Pass(std::chrono::seconds time) {
    clock_.Advance(time);
    Run();
  }
  size_t Rows() const { return database_->Scan("event", "", 1000)->size() - configs_rows_; }
  void MakeFunction(const std::string& name) {
    records::Function function;
    function.mutable_latest()->set_account(kAccount);
    function.mutable_latest()->set_name(name);
    function.mutable_latest()->set_version("$LATEST");
    ASSERT_TRUE(functions_->Create(function).ok());
  }
  void Configure(const std::function<void(records::EventInvokeConfig&)>& change,
                 const std::string& function = "hello") {
    records::EventInvokeConfig config;
    config.set_account(kAccount);
    config.set_function_name(function);
    config.set_qualifier("$LATEST");
    change(config);
    ASSERT_TRUE(configs_->Put(config).ok());
    ++configs_rows_;
  }
  static std::string ArnOf(const std::string& name) {
    return std::string("arn:aws:lambda:us-east-1:000000000000:function:") + name;
  }
  // A destination's event is committed by another thread: its end is waited for.
  template <class Condition>
  void RunUntil(Condition condition) {
    for (int i = 0; i < 1'000'000 && !condition(); ++i) {
      dispatcher_->RunOnce();
      std::this_thread::yield();
    }
    EXPECT_TRUE(condition());
  }

  FakeClock clock_;
  SeededRandom random_{1};
  const std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  Catalog catalog_;
  const std::unique_ptr<FunctionStore> functions_ = *FunctionStore::Open(*database_, catalog_, clock_, 1 << 30);
  const std::unique_ptr<EventInvokeConfigs> configs_ = *EventInvokeConfigs::Open(*database_, *functions_);
  size_t configs_rows_ = 0;
  bool never_runs_ = false;
  absl::Status may_;
  std::string asked_;  // the last question whether a function may tell another
  ScriptedInvoker invoker_;
  CommitThread commits_{*database_};
  std::optional<EventJournal> journal_;
  std::optional<AsyncDispatcher> dispatcher_;
};

TEST_F(DispatcherTest, AnAcceptedEventRunsOnceAndLeavesNothing) {
  ASSERT_TRUE(Accept("request").ok());
  EXPECT_GT(Rows(), 0u);
  Run();
  ASSERT_EQ(invoker_.requests.size(), 1u);
  EXPECT_EQ(invoker_.requests[0].request_id, "request");
  EXPECT_EQ(invoker_.requests[0].target.function_name, "hello");
  EXPECT_EQ(invoker_.requests[0].payload, "{}");
  EXPECT_EQ(Rows(), 0u);
}

TEST_F(DispatcherTest, AnEventThatWaitsSurvivesARestart) {
  ASSERT_TRUE(Accept("request").ok());
  Restart();
  Run();
  ASSERT_EQ(invoker_.requests.size(), 1u);
  EXPECT_EQ(invoker_.requests[0].request_id, "request");
}

TEST_F(DispatcherTest, AnEventThatRanWhenTheProcessEndedRunsAgain) {
  invoker_.hold = true;
  ASSERT_TRUE(Accept().ok());
  Run();
  ASSERT_EQ(invoker_.requests.size(), 1u);
  std::vector<Completion<absl::StatusOr<InvokeOutcome>>> lost;
  lost.swap(invoker_.held);
  EventJournal journal(*database_);
  int found = 0;
  ASSERT_TRUE(journal.Load([&](uint64_t, const auto&) { ++found; }).ok());
  EXPECT_EQ(found, 1);
  for (auto& one : lost) one.Set(Answered());
}

TEST_F(DispatcherTest, APausedOneBeginsNothingAndLeavesEventsWhereTheyAre) {
  dispatcher_->Pause();
  ASSERT_TRUE(Accept("request").ok());
  Run();
  EXPECT_TRUE(invoker_.requests.empty());
  EXPECT_EQ(dispatcher_->Counts().waiting, 1u);
  Restart();
  Run();
  EXPECT_EQ(invoker_.requests.size(), 1u);
}

TEST_F(DispatcherTest, AnErrorIsRetriedTwiceUnderTheSameRequestId) {
  invoker_.answers = {Failed()};
  ASSERT_TRUE(Accept("request").ok());
  Run();
  EXPECT_EQ(invoker_.requests.size(), 1u);
  Pass(59s);
  EXPECT_EQ(invoker_.requests.size(), 1u);
  Pass(1s);
  EXPECT_EQ(invoker_.requests.size(), 2u);
  Pass(120s);
  ASSERT_EQ(invoker_.requests.size(), 3u);
  EXPECT_EQ(invoker_.requests[2].request_id, "request");
  EXPECT_EQ(Rows(), 0u);
  Pass(3600s);
  EXPECT_EQ(invoker_.requests.size(), 3u);
}

TEST_F(DispatcherTest, ARestartKeepsAttemptsAndTheTimeOfTheNext) {
  invoker_.answers = {Failed()};
  ASSERT_TRUE(Accept().ok());
  Run();
  Pass(20s);
  Restart();
  Pass(39s);
  EXPECT_EQ(invoker_.requests.size(), 1u);
  Pass(1s);
  EXPECT_EQ(invoker_.requests.size(), 2u);
  Restart();
  Pass(120s);
  EXPECT_EQ(invoker_.requests.size(), 3u);
  EXPECT_EQ(Rows(), 0u);
}

TEST_F(DispatcherTest, ThrottlesAndPlatformFailuresAreDelaysNotRetries) {
  invoker_.answers = {Refused(), InvokeOutcome(PlatformFailure{"no worker"}), Refused(), Answered()};
  ASSERT_TRUE(Accept().ok());
  Run();
  for (int i = 0; i < 3; ++i) Pass(8s);
  EXPECT_EQ(invoker_.requests.size(), 4u);
  EXPECT_EQ(Rows(), 0u);
}

TEST_F(DispatcherTest, TheOwnersConfigurationDecides) {
  MakeFunction("hello");
  Configure([](records::EventInvokeConfig& config) { config.set_maximum_retry_attempts(0); });
  invoker_.answers = {Failed()};
  ASSERT_TRUE(Accept().ok());
  Run();
  EXPECT_EQ(invoker_.requests.size(), 1u);
  EXPECT_EQ(Rows(), 0u);
}

TEST_F(DispatcherTest, AnEventThatGrewTooOldDoesNotRun) {
  MakeFunction("hello");
  Configure([](records::EventInvokeConfig& config) { config.set_maximum_event_age_seconds(60); });
  ASSERT_TRUE(Accept().ok());
  clock_.Advance(61s);
  Run();
  EXPECT_TRUE(invoker_.requests.empty());
  EXPECT_EQ(Rows(), 0u);
}

TEST_F(DispatcherTest, ASuccessIsToldToItsDestination) {
  MakeFunction("hello");
  Configure([](records::EventInvokeConfig& config) { config.set_on_success(ArnOf("listener:live")); });
  ASSERT_TRUE(Accept("request").ok());
  RunUntil([this] { return Rows() == 0; });
  ASSERT_EQ(invoker_.requests.size(), 2u);
  EXPECT_EQ(invoker_.requests[1].target.function_name, "listener");
  EXPECT_EQ(invoker_.requests[1].target.qualifier, "live");
  EXPECT_NE(invoker_.requests[1].payload.find(R"("condition":"Success")"), std::string::npos);
  EXPECT_EQ(Rows(), 0u);
}

TEST_F(DispatcherTest, AFunctionIsToldOnlyByARoleThatMayRunIt) {
  MakeFunction("hello");
  Configure([](records::EventInvokeConfig& config) { config.set_on_success(ArnOf("listener:live")); });
  may_ = absl::PermissionDeniedError("no");
  ASSERT_TRUE(Accept().ok());
  RunUntil([this] { return Rows() == 0; });
  EXPECT_EQ(asked_, "hello>000000000000/listener:live");
  EXPECT_EQ(invoker_.requests.size(), 1u);
  EXPECT_EQ(dispatcher_->Counts().destination_errors, 1u);
}

TEST_F(DispatcherTest, AFailureIsToldWithTheLastAnswerEvenAfterDelays) {
  MakeFunction("hello");
  Configure([](records::EventInvokeConfig& config) {
    config.set_maximum_retry_attempts(1);
    config.set_maximum_event_age_seconds(100);
    config.set_on_failure(ArnOf("listener"));
  });
  invoker_.answers = {Failed(), Refused(), Refused(), Refused(), Refused(), Refused(), Refused(), Answered()};
  ASSERT_TRUE(Accept().ok());
  Run();
  for (int i = 0; i < 11; ++i) Pass(10s);
  RunUntil([this] { return invoker_.requests.back().target.function_name == "listener"; });
  const std::string& record = invoker_.requests.back().payload;
  EXPECT_NE(record.find(R"("condition":"EventAgeExceeded","approximateInvokeCount":1)"), std::string::npos) << record;
  EXPECT_NE(record.find(R"("responsePayload":{"errorMessage":"x"})"), std::string::npos) << record;
}

TEST_F(DispatcherTest, ZeroReservedConcurrencyIsAFailureAtOnce) {
  MakeFunction("hello");
  Configure([](records::EventInvokeConfig& config) { config.set_on_failure(ArnOf("listener")); });
  never_runs_ = true;
  invoker_.answers = {Refused(), Answered()};
  ASSERT_TRUE(Accept().ok());
  RunUntil([this] { return Rows() == 0; });
  ASSERT_EQ(invoker_.requests.size(), 2u);
  EXPECT_NE(invoker_.requests[1].payload.find("ZeroReservedConcurrency"), std::string::npos);
  EXPECT_EQ(invoker_.requests[1].payload.find("responsePayload"), std::string::npos);
}

TEST_F(DispatcherTest, AFunctionThatTellsItselfIsStoppedAfterSixteenTurns) {
  MakeFunction("hello");
  Configure([](records::EventInvokeConfig& config) { config.set_on_success(ArnOf("hello")); });
  ASSERT_TRUE(Accept().ok());
  RunUntil([this] { return Rows() == 0; });
  EXPECT_EQ(invoker_.requests.size(), static_cast<size_t>(AsyncDispatcher::kMaxHops));
}

TEST_F(DispatcherTest, AnEventOfALoopIsGivenUpAndTold) {
  MakeFunction("hello");
  Configure([](records::EventInvokeConfig& config) { config.set_on_failure(ArnOf("listener")); });
  invoker_.answers = {absl::AbortedError("hello was run 16 times"), Answered()};
  ASSERT_TRUE(Accept().ok());
  RunUntil([this] { return Rows() == 0; });
  ASSERT_EQ(invoker_.requests.size(), 2u);
  EXPECT_NE(invoker_.requests[1].payload.find(R"("condition":"RecursiveInvocation")"), std::string::npos);
  EXPECT_EQ(RunsInChain(invoker_.requests[1].trace_header, kAccount, "hello"), 1);
}

TEST_F(DispatcherTest, AnEventWhoseFunctionIsGoneIsDropped) {
  invoker_.answers = {absl::NotFoundError("gone")};
  ASSERT_TRUE(Accept().ok());
  Run();
  EXPECT_EQ(Rows(), 0u);
}

TEST_F(DispatcherTest, AFloodDoesNotHoldUpAnotherFunction) {
  invoker_.hold = true;
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(Accept("r", "flood").ok());
  ASSERT_TRUE(Accept("r", "other").ok());
  Run();
  std::set<std::string> ran;
  for (const InvokeRequest& request : invoker_.requests) ran.insert(request.target.function_name);
  EXPECT_TRUE(ran.contains("other"));
  invoker_.hold = false;
  while (!invoker_.held.empty()) {
    auto held = std::exchange(invoker_.held, {});
    for (auto& one : held) one.Set(Answered());
    Run();
  }
  RunUntil([this] { return Rows() == 0; });
  EXPECT_EQ(invoker_.requests.size(), 501u);
}

TEST_F(DispatcherTest, NoMoreEventsWaitThanAllowed) {
  invoker_.hold = true;
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(Accept().ok());
  EXPECT_TRUE(absl::IsResourceExhausted(Accept()));
}

TEST_F(DispatcherTest, AThreadRunsWhatIsAccepted) {
  {
    const WorkThread thread(*dispatcher_);
    ASSERT_TRUE(Accept().ok());
    while (Rows() > 0) std::this_thread::yield();
  }
  EXPECT_EQ(invoker_.requests.size(), 1u);
}

}  // namespace
}  // namespace hearth::controller
