#include "controller/api/sqs/queue_attributes.h"

#include <gtest/gtest.h>

#include "controller/api/aws_error.h"

namespace hearth::controller {
namespace {

constexpr char kRegion[] = "eu-west-1";
const QueueId kId{"000000000000", "orders"};

QueuePtr FindDead(const QueueId& id) {
  if (id.name != "dead" && id.name != "closed" && id.name != "dead.fifo") return nullptr;
  records::Queue queue = *NewQueue(id, id.name.ends_with(".fifo"));
  if (id.name == "closed") queue.set_redrive_permission(records::Queue::DENY_ALL);
  return std::make_shared<const records::Queue>(queue);
}

absl::Status Apply(const std::string& name, const std::string& value, records::Queue& queue) {
  return ApplyQueueAttributes({{name, value}}, kRegion, FindDead, queue);
}

TEST(QueueAttributesTest, ShowsWhatWasWritten) {
  records::Queue queue = *NewQueue(kId, false);
  EXPECT_EQ(QueueAttribute(queue, {}, kRegion, "VisibilityTimeout"), "30");
  for (const auto& [name, value] : std::map<std::string, std::string>{
           {"VisibilityTimeout", "43200"},
           {"DelaySeconds", "900"},
           {"MessageRetentionPeriod", "60"},
           {"MaximumMessageSize", "1024"},
           {"ReceiveMessageWaitTimeSeconds", "20"},
           {"RedrivePolicy",
            R"({"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:000000000000:dead","maxReceiveCount":3})"},
           {"RedriveAllowPolicy", R"({"redrivePermission":"byQueue","sourceQueueArns":["arn:a"]})"},
           {"SqsManagedSseEnabled", "false"}}) {
    EXPECT_TRUE(Apply(name, value, queue).ok()) << name;
    EXPECT_EQ(QueueAttribute(queue, {}, kRegion, name), value);
  }
  EXPECT_EQ(QueueAttribute(queue, {}, kRegion, "FifoQueue"), std::nullopt);
  EXPECT_TRUE(Apply("RedrivePolicy", "", queue).ok());
  EXPECT_EQ(QueueAttribute(queue, {}, kRegion, "RedrivePolicy"), std::nullopt);
}

TEST(QueueAttributesTest, RefusesWhatAwsRefuses) {
  struct Case {
    const char *name, *value, *shape;
  };
  const Case cases[] = {
      {"VisibilityTimeout", "43201", "InvalidAttributeValue"},
      {"VisibilityTimeout", "soon", "InvalidAttributeValue"},
      {"MaximumMessageSize", "1023", "InvalidAttributeValue"},
      {"MaximumMessageSize", "1048577", "InvalidAttributeValue"},
      {"Nothing", "1", "InvalidAttributeName"},
      {"ContentBasedDeduplication", "true", "InvalidAttributeName"},
      {"DeduplicationScope", "queue", "InvalidAttributeName"},
      {"FifoQueue", "true", "InvalidAttributeValue"},
      {"Policy", "{}x", "InvalidAttributeValue"},
      {"KmsMasterKeyId", "alias/a", "InvalidAttributeValue"},
      {"SqsManagedSseEnabled", "true", "InvalidAttributeValue"},
      {"RedrivePolicy", "x", "InvalidParameterValue"},
      {"RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:000000000000:dead"})",
       "InvalidParameterValue"},
      {"RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:000000000000:none","maxReceiveCount":3})",
       "InvalidParameterValue"},
      {"RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:000000000000:closed","maxReceiveCount":3})",
       "InvalidParameterValue"},
      {"RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:000000000000:dead.fifo","maxReceiveCount":3})",
       "InvalidParameterValue"},
      {"RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:000000000000:dead","maxReceiveCount":1001})",
       "InvalidParameterValue"},
      {"RedriveAllowPolicy", R"({"redrivePermission":"byQueue"})", "InvalidParameterValue"},
      {"RedriveAllowPolicy", R"({"redrivePermission":"some"})", "InvalidParameterValue"},
  };
  for (const Case& one : cases) {
    records::Queue queue = *NewQueue(kId, false);
    EXPECT_EQ(AwsErrorShape(Apply(one.name, one.value, queue)), one.shape) << one.name << " " << one.value;
  }
}

TEST(QueueAttributesTest, OnlyFifoQueuesHaveTheirAttributes) {
  records::Queue queue = *NewQueue({kId.account, "orders.fifo"}, true);
  EXPECT_TRUE(Apply("ContentBasedDeduplication", "true", queue).ok());
  EXPECT_EQ(QueueAttribute(queue, {}, kRegion, "ContentBasedDeduplication"), "true");
  EXPECT_EQ(AwsErrorShape(Apply("FifoThroughputLimit", "perMessageGroupId", queue)), "InvalidAttributeValue");
  records::Queue other = *NewQueue({kId.account, "orders.fifo"}, true);
  EXPECT_TRUE(
      ApplyQueueAttributes({{"DeduplicationScope", "messageGroup"}, {"FifoThroughputLimit", "perMessageGroupId"}},
                           kRegion, FindDead, other)
          .ok());
}

TEST(QueueAttributesTest, NamesQueuesAsAwsDoes) {
  for (const char* name : {"", "a.b", "a.fifo", "a b"}) EXPECT_FALSE(NewQueue({kId.account, name}, false).ok()) << name;
  for (const char* name : {"a", ".fifo", "a.b.fifo"}) EXPECT_FALSE(NewQueue({kId.account, name}, true).ok()) << name;
  EXPECT_TRUE(NewQueue({kId.account, std::string(80, 'a')}, false).ok());
  EXPECT_FALSE(NewQueue({kId.account, std::string(81, 'a')}, false).ok());
}

}  // namespace
}  // namespace hearth::controller
