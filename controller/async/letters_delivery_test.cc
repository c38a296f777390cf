// How the dispatcher brings letters to queues.
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "controller/async/dispatcher.h"
#include "controller/topics/topics_test_support.h"

namespace hearth::controller {
namespace {

using namespace std::chrono_literals;

constexpr char kAccount[] = "000000000000";
constexpr char kRegion[] = "us-east-1";
const QueueId kDead{kAccount, "dead"};
const QueueId kTold{kAccount, "told"};

class FailingInvoker final : public Invoker {
 public:
  Async<absl::StatusOr<InvokeOutcome>> Invoke(InvokeRequest) override {
    co_return InvokeOutcome(Completed{true, R"({"errorMessage":"broken"})", "", "$LATEST"});
  }
};

class LettersDeliveryTest : public testing::Test {
 protected:
  LettersDeliveryTest() {
    records::Function function;
    function.mutable_latest()->set_account(kAccount);
    function.mutable_latest()->set_name("hello");
    function.mutable_latest()->set_version("$LATEST");
    EXPECT_TRUE(functions_->Create(function).ok());
    for (const QueueId& id : {kDead, kTold}) Make(id);
    records::EventInvokeConfig config;
    config.set_account(kAccount);
    config.set_function_name("hello");
    config.set_qualifier("$LATEST");
    config.set_maximum_retry_attempts(0);
    config.set_on_failure(QueueArn(kRegion, kTold));
    EXPECT_TRUE(configs_->Put(config).ok());
    dispatcher_.SetQueues(*queues_);
    dispatcher_.SetRules({.dead_letter_arn = [this](const auto&) { return dead_letters_; },
                          .may_send = [this](const auto&, const QueueId&) { return may_; },
                          .may_publish = [this](const auto&, const TopicId&) { return may_; }});
    dispatcher_.SetTopics(*topics_, deliveries_);
  }
  ~LettersDeliveryTest() override { commits_.Drain(); }

  void Make(const QueueId& id) {
    records::Queue row;
    row.set_account(id.account);
    row.set_name(id.name);
    row.set_retention_seconds(3600);
    row.set_max_message_bytes(1048576);
    ASSERT_TRUE(queues_->Create(row).ok());
  }
  void Accept() {
    records::QueuedEvent event;
    event.set_request_id("r");
    event.set_account(kAccount);
    event.set_function_name("hello");
    event.set_payload("{}");
    std::promise<absl::Status> done;
    StartAsync(dispatcher_.Accept(std::move(event)), [&](absl::Status status) { done.set_value(status); });
    ASSERT_TRUE(done.get_future().get().ok());
  }
  template <class Condition>
  bool RunsUntil(Condition condition) {
    for (int i = 0; i < 1'000'000 && !condition(); ++i) {
      dispatcher_.RunOnce();
      std::this_thread::yield();
    }
    return condition();
  }
  size_t Rows() const { return database_->Scan(kStates, "", 1000)->size(); }
  size_t In(const QueueId& id) const { return queues_->Counts(id)->visible; }

  static constexpr char kStates[] = "event-state/";
  FakeClock clock_;
  SeededRandom random_{1};
  const std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  Catalog catalog_;
  const std::unique_ptr<FunctionStore> functions_ = *FunctionStore::Open(*database_, catalog_, clock_, 1 << 30);
  const std::unique_ptr<EventInvokeConfigs> configs_ = *EventInvokeConfigs::Open(*database_, *functions_);
  FailingInvoker invoker_;
  absl::Status may_;
  CommitThread commits_{*database_};
  const std::unique_ptr<Queues> queues_ = *Queues::Open({.region = kRegion}, *database_, commits_, clock_, random_);
  PlainKeys keys_;
  Envelope envelope_{keys_, random_};
  const std::unique_ptr<MessageSigner> signer_ = OpenSigner(*database_, envelope_, clock_, random_);
  const std::unique_ptr<Topics> topics_ = *Topics::Open(*database_, clock_);
  Deliveries deliveries_{kRegion, *database_, commits_, *topics_, *queues_, *signer_, {}, clock_, random_};
  std::string dead_letters_ = QueueArn(kRegion, kDead);
  EventJournal journal_{*database_};
  AsyncDispatcher dispatcher_{{.region = kRegion},
                              *database_,
                              journal_,
                              commits_,
                              *configs_,
                              invoker_,
                              [](const FunctionId&) { return false; },
                              clock_,
                              random_};
};

TEST_F(LettersDeliveryTest, TellsATopic) {
  records::Topic topic;
  topic.set_account(kAccount);
  topic.set_name("ended");
  ASSERT_TRUE(topics_->Create(topic).ok());
  records::TopicSubscription row;
  row.set_account(kAccount);
  row.set_topic("ended");
  row.set_id("s");
  row.set_protocol("sqs");
  row.set_endpoint(QueueArn(kRegion, kTold));
  ASSERT_TRUE(topics_->Subscribe(row).ok());
  dead_letters_ = TopicArn(kRegion, {kAccount, "ended"});
  Accept();
  ASSERT_TRUE(RunsUntil([&] { return Rows() == 0 && In(kTold) == 1; }));
  const std::string kept = database_->Scan("topic-message/", "", 10)->at(0).value;
  records::TopicMessage message;
  ASSERT_TRUE(message.ParseFromString(kept));
  EXPECT_EQ(TextFor(message, "sqs"), "{}");
  EXPECT_EQ(message.attributes_size(), 3);
  EXPECT_EQ(message.hops().at("000000000000/hello"), 1);
}

TEST_F(LettersDeliveryTest, CountsALetterToATopicThatIsNotThere) {
  dead_letters_ = TopicArn(kRegion, {kAccount, "absent"});
  Accept();
  ASSERT_TRUE(RunsUntil([&] { return Rows() == 0 && In(kTold) == 1; }));
  EXPECT_EQ(dispatcher_.Counts().dead_letter_errors, 1u);
}

TEST_F(LettersDeliveryTest, TellsBothTheDeadLettersAndTheDestination) {
  Accept();
  ASSERT_TRUE(RunsUntil([&] { return Rows() == 0 && In(kDead) == 1 && In(kTold) == 1; }));
  EXPECT_EQ(dispatcher_.Counts().dead_letter_errors, 0u);
}

TEST_F(LettersDeliveryTest, CountsWhatCanNeverBeToldAndTellsTheRest) {
  ASSERT_TRUE(queues_->Delete(kDead).ok());
  Accept();
  ASSERT_TRUE(RunsUntil([&] { return Rows() == 0 && In(kTold) == 1; }));
  EXPECT_EQ(In(kTold), 1u);
  EXPECT_EQ(dispatcher_.Counts().dead_letter_errors, 1u);
  EXPECT_EQ(dispatcher_.Counts().destination_errors, 0u);
}

TEST_F(LettersDeliveryTest, SendsNothingThatTheRoleMayNot) {
  may_ = absl::PermissionDeniedError("no");
  Accept();
  ASSERT_TRUE(RunsUntil([&] { return Rows() == 0; }));
  EXPECT_EQ(In(kDead) + In(kTold), 0u);
  EXPECT_EQ(dispatcher_.Counts().dead_letter_errors + dispatcher_.Counts().destination_errors, 2u);
}

}  // namespace
}  // namespace hearth::controller
