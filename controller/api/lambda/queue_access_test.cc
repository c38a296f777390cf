#include "controller/api/lambda/queue_access.h"

#include <gtest/gtest.h>

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class QueueAccessTest : public LambdaTest {
 protected:
  void SetUp() override {
    for (const char* name : {"dead", "dead.fifo"}) {
      records::Queue row;
      row.set_account(kTestAccount);
      row.set_name(name);
      row.set_fifo(std::string_view(name).ends_with(".fifo"));
      ASSERT_TRUE(queues_->Create(row).ok());
    }
  }
  absl::Status Check(const std::string& arn) {
    records::FunctionVersion function;
    function.set_dead_letter_arn(arn);
    return CheckDeadLetters(
        function, kTestRegion, *queues_,
        [this](const records::FunctionVersion&, const QueueId&, const std::string&) { return may_; });
  }
  static std::string ArnOf(const std::string& name) { return QueueArn(kTestRegion, {kTestAccount, name}); }

  CommitThread commits_{*database_};
  std::unique_ptr<Queues> queues_ =
      Queues::Open({.region = kTestRegion}, *database_, commits_, clock_, random_).value();
  absl::Status may_;
};

TEST_F(QueueAccessTest, TakesStandardQueuesThatTheRoleMaySendTo) {
  EXPECT_TRUE(Check(ArnOf("dead")).ok());
  EXPECT_TRUE(Check("").ok());
  EXPECT_FALSE(Check(ArnOf("none")).ok());
  EXPECT_FALSE(Check(ArnOf("dead.fifo")).ok());
  EXPECT_NE(Check("arn:aws:sns:eu-west-1:000000000000:topic").message().find("DeadLetterConfig"),
            std::string_view::npos);
  may_ = absl::PermissionDeniedError("no");
  EXPECT_EQ(Check(ArnOf("dead")).message(),
            "The provided execution role does not have permissions to call SendMessage on SQS");
}

TEST_F(QueueAccessTest, TakesTopicsThatTheRoleMayPublishTo) {
  const std::unique_ptr<Topics> topics = Topics::Open(*database_, clock_).value();
  records::Topic row;
  row.set_account(kTestAccount);
  row.set_name("ended");
  ASSERT_TRUE(topics->Create(row).ok());
  const auto may_publish = [this](const records::FunctionVersion&, const TopicId&) { return may_; };
  const records::FunctionVersion function;
  const auto check = [&](const char* name) {
    return CheckDeadLetterTopic(function, {kTestAccount, name}, *topics, may_publish);
  };
  EXPECT_TRUE(check("ended").ok());
  EXPECT_FALSE(check("none").ok());
  EXPECT_FALSE(CheckDestinationTopic(function, "arn", {kTestAccount, "none"}, *topics, may_publish).ok());
  may_ = absl::PermissionDeniedError("no");
  EXPECT_EQ(check("ended").message(), "The provided execution role does not have permissions to call Publish on SNS");
  EXPECT_EQ(CheckDestinationTopic(function, "arn", {kTestAccount, "ended"}, *topics, may_publish).message(),
            "The function's execution role does not have permissions to call Publish on arn");
}

TEST_F(QueueAccessTest, AFunctionWithoutQueuesHasNoDeadLetters) {
  const Json config(Json::Object{{"TargetArn", ArnOf("dead")}});
  EXPECT_EQ(Create({{"DeadLetterConfig", config}}).error, "InvalidParameterValueException");
  EXPECT_EQ(Create({{"DeadLetterConfig", *Json::Parse(R"({"TargetArn":"queue"})")}}).error, "ValidationException");
  EXPECT_EQ(Create({{"DeadLetterConfig", *Json::Parse(R"({"TargetArn":""})")}}).status, 201);
}

}  // namespace
}  // namespace hearth::controller
