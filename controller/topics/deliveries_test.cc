#include "controller/topics/deliveries.h"

#include <gtest/gtest.h>

#include <future>

#include "controller/topics/topics_test_support.h"

namespace hearth::controller {
namespace {

using namespace std::chrono_literals;

template <class T>
std::future<T> Begin(Async<T> work) {
  auto promise = std::make_shared<std::promise<T>>();
  StartAsync(std::move(work), [promise](T value) { promise->set_value(std::move(value)); });
  return promise->get_future();
}

class DeliveriesTest : public TopicsTest {
 protected:
  DeliveriesTest() {
    Make(id_);
    for (const QueueId& id : {queue_, dead_}) {
      records::Queue row;
      row.set_account(id.account);
      row.set_name(id.name);
      row.set_retention_seconds(3600);
      row.set_visibility_seconds(30);
      row.set_max_message_bytes(262144);
      EXPECT_TRUE(queues_->Create(row).ok());
    }
    Restart();
  }
  ~DeliveriesTest() override {
    deliveries_.reset();
    queues_->Stop();
  }
  void Restart() {
    deliveries_.reset();
    DeliveryDoors doors;
    doors.may_send = [this](const QueueId& id, const TopicId&) { return id == queue_ ? may_ : absl::OkStatus(); };
    doors.may_invoke = [](const std::string&, const TopicId&) { return absl::OkStatus(); };
    doors.post = [this](const records::TopicMessage&, const records::TopicSubscription&, std::string body,
                        const DeliveryDoors::Done& done) {
      posts_.push_back(std::move(body));
      done(posted_);
    };
    doors.run = [this](std::string arn, records::QueuedEvent event) { return Run(std::move(arn), std::move(event)); };
    deliveries_ = std::make_unique<Deliveries>("eu-west-1", *database_, commits_, *topics_, *queues_, *signer_,
                                               std::move(doors), clock_, random_);
    ASSERT_TRUE(deliveries_->Load().ok());
  }
  Async<absl::Status> Run(std::string, records::QueuedEvent event) {
    ++runs_;
    if (runs_ > failing_runs_) payload_ = event.payload();
    co_return runs_ <= failing_runs_ ? absl::ResourceExhaustedError("full") : absl::OkStatus();
  }
  records::TopicSubscription Subscribe(const std::string& protocol, const std::string& endpoint,
                                       const std::string& filter = "", const std::string& dead_letters = "") {
    records::TopicSubscription row = Row(protocol, endpoint);
    row.set_raw(protocol == "sqs");
    row.set_filter_policy(filter);
    row.set_dead_letter_arn(dead_letters);
    EXPECT_TRUE(topics_->Subscribe(row).ok());
    return row;
  }
  void Publish(const std::string& text) {
    records::TopicMessage message = deliveries_->NewMessageTo(**topics_->Find(id_));
    (*message.mutable_texts())["default"] = text;
    std::vector<records::TopicMessage> messages = {message};
    ASSERT_TRUE(Begin(deliveries_->Publish(std::move(messages))).get().ok());
  }
  // Until nothing is due.
  void Settle() {
    for (int i = 0; i < 20; ++i) {
      deliveries_->RunOnce();
      commits_.Drain();
      commits_.Drain();
    }
  }
  size_t In(const QueueId& id) { return queues_->Counts(id)->visible; }

  const QueueId queue_{"000000000000", "q"};
  const QueueId dead_{"000000000000", "dead"};
  const std::string queue_arn_ = QueueArn("eu-west-1", queue_);
  absl::Status may_;
  std::vector<std::string> posts_;
  absl::Status posted_;
  int runs_ = 0;
  int failing_runs_ = 0;
  std::string payload_;
  CommitThread commits_{*database_};
  std::unique_ptr<Queues> queues_ =
      Queues::Open({.region = "eu-west-1"}, *database_, commits_, clock_, random_).value();
  std::unique_ptr<Deliveries> deliveries_;
};

TEST_F(DeliveriesTest, BringsAMessageToEveryoneWhoWantsIt) {
  Subscribe("sqs", queue_arn_);
  Subscribe("sqs", QueueArn("eu-west-1", dead_), R"({"store":["a"]})");
  Subscribe("lambda", "arn:aws:lambda:eu-west-1:000000000000:function:f");
  Publish("hello");
  Settle();
  EXPECT_EQ(In(queue_), 1u);
  EXPECT_EQ(In(dead_), 0u);
  EXPECT_NE(payload_.find("\"Message\":\"hello\""), std::string::npos);
  EXPECT_EQ(Rows("topic-message/") + Rows("topic-delivery/"), 0u);
}

TEST_F(DeliveriesTest, BringsWhatTheLastRunHadTaken) {
  Subscribe("sqs", queue_arn_);
  Publish("hello");
  EXPECT_EQ(Rows("topic-message/"), 1u);
  Restart();
  Settle();
  EXPECT_EQ(In(queue_), 1u);
  EXPECT_EQ(Rows("topic-message/"), 0u);
}

TEST_F(DeliveriesTest, TriesAgainLaterAndRemembersWhomOverARestart) {
  failing_runs_ = 4;
  Subscribe("sqs", queue_arn_);
  Subscribe("lambda", "arn:aws:lambda:eu-west-1:000000000000:function:f");
  Publish("hello");
  Settle();
  EXPECT_EQ(runs_, 4);
  Restart();
  Settle();
  EXPECT_EQ(runs_, 4);  // a second has to pass
  clock_.Advance(1s);
  Settle();
  EXPECT_EQ(runs_, 5);
  EXPECT_EQ(In(queue_), 1u);  // and not twice
  EXPECT_EQ(Rows("topic-message/") + Rows("topic-delivery/"), 0u);
}

TEST_F(DeliveriesTest, WhatIsRefusedForGoodGoesToTheDeadLetterQueue) {
  may_ = absl::PermissionDeniedError("the policy of the queue does not let SNS in");
  Subscribe("sqs", queue_arn_, "", QueueArn("eu-west-1", dead_));
  Publish("hello");
  Settle();
  EXPECT_EQ(In(queue_), 0u);
  EXPECT_EQ(In(dead_), 1u);
  EXPECT_EQ(deliveries_->Counts().lost, 0u);
}

TEST_F(DeliveriesTest, AUrlGetsNothingUntilItIsConfirmed) {
  records::TopicSubscription row = Row("http", "http://example.com/");
  row.set_token("t0k");
  row.set_pending(true);
  ASSERT_TRUE(topics_->Subscribe(row).ok());
  ASSERT_TRUE(deliveries_->AskToConfirm(row, "http://localhost:9000").ok());
  Publish("too early");
  Settle();
  ASSERT_EQ(posts_.size(), 1u);
  EXPECT_NE(posts_[0].find("\"SubscriptionConfirmation\""), std::string::npos);
  ASSERT_TRUE(topics_->Confirm(id_, "t0k").ok());
  Publish("hello");
  Settle();
  ASSERT_EQ(posts_.size(), 2u);
  EXPECT_NE(posts_[1].find("hello"), std::string::npos);
  EXPECT_EQ(Rows("topic-message/") + Rows("topic-delivery/"), 0u);
}

TEST_F(DeliveriesTest, AUrlThatFailsIsTriedThreeTimesMore) {
  posted_ = absl::UnavailableError("503");
  Subscribe("http", "http://example.com/", "", QueueArn("eu-west-1", dead_));
  Publish("hello");
  for (int i = 0; i < 5; ++i) {
    Settle();
    clock_.Advance(20s);
  }
  EXPECT_EQ(posts_.size(), 4u);
  EXPECT_EQ(In(dead_), 1u);
}

TEST_F(DeliveriesTest, AUrlThatNobodyHadRoomToPostToLosesNoTry) {
  posted_ = absl::ResourceExhaustedError("too many wait");
  Subscribe("http", "http://example.com/", "", QueueArn("eu-west-1", dead_));
  Publish("hello");
  for (int i = 0; i < 6; ++i) {
    Settle();
    clock_.Advance(20s);
  }
  EXPECT_EQ(In(dead_), 0u);
  posted_ = absl::OkStatus();
  Settle();
  EXPECT_EQ(posts_.size(), 7u);
  EXPECT_EQ(Rows("topic-message/") + Rows("topic-delivery/"), 0u);
}

TEST_F(DeliveriesTest, WhatHasTooManyAttributesToBeRawIsADeadLetterInAnEnvelope) {
  Subscribe("sqs", queue_arn_, "", QueueArn("eu-west-1", dead_));
  records::TopicMessage message = deliveries_->NewMessageTo(**topics_->Find(id_));
  (*message.mutable_texts())["default"] = "hello";
  for (int i = 0; i < 11; ++i) {
    records::QueueMessageAttribute& attribute = *message.add_attributes();
    attribute.set_name("n" + std::to_string(i));
    attribute.set_type("String");
    attribute.set_value("x");
  }
  std::vector<records::TopicMessage> messages = {message};
  ASSERT_TRUE(Begin(deliveries_->Publish(std::move(messages))).get().ok());
  Settle();
  EXPECT_EQ(In(queue_), 0u);
  EXPECT_EQ(In(dead_), 1u);
  EXPECT_EQ(deliveries_->Counts().lost, 0u);
}

TEST_F(DeliveriesTest, CountsWhatNobodyTakes) {
  Subscribe("sqs", QueueArn("eu-west-1", {"000000000000", "absent"}));
  Publish("hello");
  Settle();
  EXPECT_EQ(deliveries_->Counts().lost, 1u);
  EXPECT_EQ(Rows("topic-message/"), 0u);
}

TEST_F(DeliveriesTest, BringsNothingToWhomUnsubscribed) {
  const records::TopicSubscription row = Subscribe("sqs", queue_arn_);
  Publish("hello");
  ASSERT_TRUE(topics_->Unsubscribe(IdOf(row)).ok());
  Settle();
  EXPECT_EQ(In(queue_), 0u);
  EXPECT_EQ(Rows("topic-message/"), 0u);
}

TEST_F(DeliveriesTest, WritesNothingWhereNobodyListens) {
  Publish("hello");
  EXPECT_EQ(Rows("topic-message/"), 0u);
}

}  // namespace
}  // namespace hearth::controller
