#include "controller/api/sqs/sqs_api.h"

#include <gtest/gtest.h>

#include <set>

#include "controller/api/sqs/sqs_errors.h"
#include "controller/api/sqs/sqs_test_support.h"

namespace hearth::controller {
namespace {

class SqsApiTest : public SqsTest {
 protected:
  void SetUp() override { ASSERT_EQ(Call("CreateQueue", R"({"QueueName":"orders"})").error, ""); }
  Json FirstReceived(const std::string& more = "") {
    const Answer answer = On("orders", "ReceiveMessage", more);
    const Json* messages = answer.body.Find("Messages");
    return messages == nullptr ? Json() : messages->as_array().front();
  }
  absl::Status Access(const Identity& caller, std::string_view operation, const std::string& input) {
    ApiCall call;
    call.caller = caller;
    const Json members = *Json::Parse(input);
    return authorizer_.Authorize(caller, *api_.AccessOf(call, operation, members));
  }
};

constexpr char kUrl[] = R"({"QueueUrl":"http://localhost:9000/000000000000/orders"})";

TEST_F(SqsApiTest, CreatesAQueueOnceForTheSameAttributes) {
  const Answer again = Call("CreateQueue", R"({"QueueName":"orders","Attributes":{"VisibilityTimeout":"30"}})");
  EXPECT_EQ(TextIn(again.body, "QueueUrl"), "http://localhost:9000/000000000000/orders");
  const Answer other = Call("CreateQueue", R"({"QueueName":"orders","Attributes":{"VisibilityTimeout":"31"}})");
  EXPECT_EQ(other.error, "QueueNameExists");
  EXPECT_EQ(other.text,
            "A queue already exists with the same name and a different value for attribute VisibilityTimeout");
}

TEST_F(SqsApiTest, MakesNoQueueWithTagsItWouldNotAddLater) {
  EXPECT_EQ(Call("CreateQueue", R"({"QueueName":"other","tags":{"aws:x":"y"}})").error, "InvalidParameterValue");
  EXPECT_EQ(On("orders", "TagQueue", R"("Tags":{"aws:x":"y"})").error, "InvalidParameterValue");
  EXPECT_EQ(On("other", "ListQueueTags").error, "QueueDoesNotExist");
}

TEST_F(SqsApiTest, AnswersTheChecksumsThatClientsCompare) {
  const Answer sent = On("orders", "SendMessage", R"("MessageBody":"hello")");
  EXPECT_EQ(TextIn(sent.body, "MD5OfMessageBody"), "5d41402abc4b2a76b9719d911017c592");
  EXPECT_EQ(sent.body.Find("MD5OfMessageAttributes"), nullptr);
  const Json got = FirstReceived();
  EXPECT_EQ(TextIn(got, "Body"), "hello");
  EXPECT_EQ(TextIn(got, "MD5OfBody"), "5d41402abc4b2a76b9719d911017c592");
  EXPECT_EQ(TextIn(got, "MessageId"), TextIn(sent.body, "MessageId"));
}

TEST_F(SqsApiTest, ShowsAttributesOfAMessageThatWereAskedFor) {
  On("orders", "SendMessage",
     R"("MessageBody":"hello","MessageAttributes":{"a":{"DataType":"String","StringValue":"x"}},
        "MessageSystemAttributes":{"AWSTraceHeader":{"DataType":"String","StringValue":"Root=1"}})");
  const Json got = FirstReceived(R"("AttributeNames":["All"],"MessageAttributeNames":["All"])");
  const Json& system = *got.Find("Attributes");
  EXPECT_EQ(TextIn(system, "ApproximateReceiveCount"), "1");
  EXPECT_EQ(TextIn(system, "SenderId"), "000000000000");
  EXPECT_EQ(TextIn(system, "AWSTraceHeader"), "Root=1");
  EXPECT_EQ(system.Find("SequenceNumber"), nullptr);
  EXPECT_EQ(got.Find("MessageAttributes")->Dump(), R"({"a":{"StringValue":"x","DataType":"String"}})");
  EXPECT_EQ(On("orders", "ReceiveMessage", R"("AttributeNames":["Nothing"])").error, "InvalidAttributeName");
}

TEST_F(SqsApiTest, AMessageCarriesTheTraceHeaderOfItsRequestUnlessItHasItsOwn) {
  headers_.Add("X-Amzn-Trace-Id", "Root=1;Lineage=5f2a4f0e:3");
  On("orders", "SendMessage", R"("MessageBody":"hello")");
  On("orders", "SendMessageBatch",
     R"("Entries":[{"Id":"a","MessageBody":"b","MessageSystemAttributes":{"AWSTraceHeader":{"DataType":"String",)"
     R"("StringValue":"Root=2"}}}])");
  const std::string all = R"("AttributeNames":["All"],"VisibilityTimeout":60)";
  const Json first = FirstReceived(all), second = FirstReceived(all);
  std::set<std::string> headers;
  for (const Json& message : {first, second}) headers.insert(TextIn(*message.Find("Attributes"), "AWSTraceHeader"));
  EXPECT_EQ(headers, (std::set<std::string>{"Root=1;Lineage=5f2a4f0e:3", "Root=2"}));
}

TEST_F(SqsApiTest, RefusesMessagesAsAwsDoes) {
  EXPECT_EQ(On("orders", "SendMessage").text, "The request must contain the parameter MessageBody.");
  EXPECT_EQ(On("orders", "SendMessage", R"("MessageBody":"\u0001")").error, "InvalidMessageContents");
  EXPECT_EQ(On("orders", "SendMessage", R"("MessageBody":"\uffff")").error, "InvalidMessageContents");
  On("orders", "SetQueueAttributes", R"("Attributes":{"MaximumMessageSize":"1024"})");
  EXPECT_EQ(On("orders", "SendMessage", R"("MessageBody":")" + std::string(1025, 'x') + "\"").text,
            "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.");
  EXPECT_EQ(On("orders", "SendMessage", R"("MessageBody":"x","DelaySeconds":901)").error, "InvalidParameterValue");
  EXPECT_EQ(On("none", "SendMessage", R"("MessageBody":"x")").error, "QueueDoesNotExist");
  EXPECT_EQ(On("orders", "ReceiveMessage", R"("MaxNumberOfMessages":11)").text,
            "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.");
  EXPECT_EQ(On("orders", "ReceiveMessage", R"("WaitTimeSeconds":21)").text,
            "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.");
}

TEST_F(SqsApiTest, AnswersEveryEntryOfABatch) {
  const Answer sent = On("orders", "SendMessageBatch",
                         R"("Entries":[{"Id":"a","MessageBody":"1"},{"Id":"b","MessageBody":"2","DelaySeconds":-1}])");
  EXPECT_EQ(sent.body.Find("Successful")->as_array().size(), 1u);
  const Json& failed = sent.body.Find("Failed")->as_array().at(0);
  EXPECT_EQ(TextIn(failed, "Id") + TextIn(failed, "Code"), "bInvalidParameterValue");
  EXPECT_TRUE(failed.Find("SenderFault")->as_bool());
  const std::string receipt = TextIn(FirstReceived(), "ReceiptHandle");
  const Answer gone =
      On("orders", "DeleteMessageBatch",
         R"("Entries":[{"Id":"a","ReceiptHandle":")" + receipt + R"("},{"Id":"b","ReceiptHandle":"x"}])");
  EXPECT_EQ(gone.body.Find("Successful")->Dump(), R"([{"Id":"a"}])");
  EXPECT_EQ(TextIn(gone.body.Find("Failed")->as_array().at(0), "Code"), "ReceiptHandleIsInvalid");
  EXPECT_EQ(On("orders", "SendMessageBatch", R"("Entries":[])").error, "EmptyBatchRequest");
  EXPECT_EQ(On("orders", "SendMessageBatch", R"("Entries":[{"Id":"a","MessageBody":"1"},{"Id":"a","MessageBody":"1"}])")
                .error,
            "BatchEntryIdsNotDistinct");
  EXPECT_EQ(On("orders", "DeleteMessageBatch", R"("Entries":[{"Id":"a b","ReceiptHandle":"x"}])").error,
            "InvalidBatchEntryId");
}

TEST_F(SqsApiTest, FifoQueuesAskForAGroupAndAnId) {
  ASSERT_EQ(Call("CreateQueue", R"({"QueueName":"f.fifo","Attributes":{"FifoQueue":"true"}})").error, "");
  EXPECT_EQ(On("f.fifo", "SendMessage", R"("MessageBody":"x")").text,
            "The request must contain the parameter MessageGroupId.");
  EXPECT_EQ(On("f.fifo", "SendMessage", R"("MessageBody":"x","MessageGroupId":"g")").text,
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
            "explicitly");
  On("f.fifo", "SetQueueAttributes", R"("Attributes":{"ContentBasedDeduplication":"true"})");
  const Answer sent = On("f.fifo", "SendMessage", R"("MessageBody":"x","MessageGroupId":"g")");
  EXPECT_EQ(TextIn(sent.body, "SequenceNumber").size(), 20u);
  EXPECT_EQ(
      On("f.fifo", "SendMessage", R"("MessageBody":"x","MessageGroupId":"g","DelaySeconds":5)").text,
      "Value 5 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for "
      "this queue type.");
}

TEST_F(SqsApiTest, ListsQueuesInPages) {
  for (const char* name : {"a1", "a2", "a3"}) Call("CreateQueue", std::string(R"({"QueueName":")") + name + "\"}");
  const Answer first = Call("ListQueues", R"({"QueueNamePrefix":"a","MaxResults":2})");
  EXPECT_EQ(first.body.Find("QueueUrls")->as_array().size(), 2u);
  const Answer second = Call(
      "ListQueues", R"({"QueueNamePrefix":"a","MaxResults":2,"NextToken":")" + TextIn(first.body, "NextToken") + "\"}");
  EXPECT_EQ(second.body.Find("QueueUrls")->Dump(), R"(["http://localhost:9000/000000000000/a3"])");
  EXPECT_EQ(second.body.Find("NextToken"), nullptr);
}

TEST_F(SqsApiTest, PermissionsOpenAQueueToOtherAccounts) {
  const Identity other = UserIdentity("111111111111", "ann");
  policies_.AttachAllow(other.principal_arn, "sqs:*", "*");
  EXPECT_FALSE(Access(other, "SendMessage", kUrl).ok());
  const std::string permission = R"("Label":"them","AWSAccountIds":["111111111111"],"Actions":["SendMessage"])";
  EXPECT_EQ(On("orders", "AddPermission", permission).error, "");
  EXPECT_TRUE(Access(other, "SendMessage", kUrl).ok());
  EXPECT_TRUE(Access(other, "SendMessageBatch", kUrl).ok());
  EXPECT_FALSE(Access(other, "ReceiveMessage", kUrl).ok());
  EXPECT_EQ(On("orders", "AddPermission", permission).text,
            "Value them for parameter Label is invalid. Reason: Already exists.");
  EXPECT_EQ(On("orders", "RemovePermission", R"("Label":"them")").error, "");
  EXPECT_FALSE(Access(other, "SendMessage", kUrl).ok());
  EXPECT_EQ(On("orders", "RemovePermission", R"("Label":"them")").text,
            "Value them for parameter Label is invalid. Reason: can't find label.");
}

TEST_F(SqsApiTest, NoPolicyLetsOtherAccountsManageAQueue) {
  const Identity other = UserIdentity("111111111111", "ann");
  policies_.AttachAllow(other.principal_arn, "sqs:*", "*");
  On("orders", "SetQueueAttributes",
     R"("Attributes":{"Policy":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",)"
     R"(\"Action\":\"sqs:*\",\"Resource\":\"*\"}}"})");
  EXPECT_TRUE(Access(other, "ReceiveMessage", kUrl).ok());
  EXPECT_FALSE(Access(other, "DeleteQueue", kUrl).ok());
  EXPECT_FALSE(Access(other, "SetQueueAttributes", kUrl).ok());
}

TEST_F(SqsApiTest, AUserNeedsAPolicyOfItsOwn) {
  const Identity user = UserIdentity("000000000000", "ann");
  EXPECT_FALSE(Access(user, "SendMessage", kUrl).ok());
  policies_.AttachAllow(user.principal_arn, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:000000000000:orders");
  EXPECT_TRUE(Access(user, "SendMessage", kUrl).ok());
  EXPECT_FALSE(Access(user, "PurgeQueue", kUrl).ok());
}

TEST_F(SqsApiTest, MovesDeadLettersBack) {
  Call("CreateQueue", R"({"QueueName":"dead"})");
  const std::string start = R"({"SourceArn":"arn:aws:sqs:eu-west-1:000000000000:dead"})";
  EXPECT_EQ(Call("StartMessageMoveTask", start).text, "Source queue must be configured as a Dead Letter Queue.");
  EXPECT_EQ(On("orders", "SetQueueAttributes",
               R"("Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:eu-west-1:000000000000:dead\",)"
               R"(\"maxReceiveCount\":1}"})")
                .error,
            "");
  EXPECT_EQ(On("dead", "ListDeadLetterSourceQueues").body.Dump(),
            R"({"queueUrls":["http://localhost:9000/000000000000/orders"]})");
  const Answer started = Call("StartMessageMoveTask", start);
  EXPECT_EQ(started.error, "");
  const Answer listed = Call("ListMessageMoveTasks", start);
  const Json& task = listed.body.Find("Results")->as_array().at(0);
  EXPECT_EQ(TextIn(task, "Status"), "RUNNING");
  EXPECT_EQ(TextIn(task, "TaskHandle"), TextIn(started.body, "TaskHandle"));
  EXPECT_EQ(Call("CancelMessageMoveTask", R"({"TaskHandle":")" + TextIn(started.body, "TaskHandle") + "\"}").error, "");
  EXPECT_EQ(Call("CancelMessageMoveTask", R"({"TaskHandle":"x"})").error, "InvalidParameterValue");
  EXPECT_EQ(Call("StartMessageMoveTask", R"({"SourceArn":"arn:aws:sqs:eu-west-1:000000000000:none"})").error,
            "ResourceNotFoundException");
}

TEST_F(SqsApiTest, TagsQueues) {
  EXPECT_EQ(On("orders", "TagQueue", R"("Tags":{"a":"1","b":"2"})").error, "");
  EXPECT_EQ(On("orders", "UntagQueue", R"("TagKeys":["a"])").error, "");
  EXPECT_EQ(On("orders", "ListQueueTags").body.Dump(), R"({"Tags":{"b":"2"}})");
  EXPECT_EQ(On("orders", "TagQueue", R"("Tags":{"aws:x":"1"})").error, "InvalidParameterValue");
}

TEST_F(SqsApiTest, CountsTheCharactersOfATag) {
  std::string key;
  for (int i = 0; i < 128; ++i) key += "ü";
  EXPECT_EQ(On("orders", "TagQueue", R"("Tags":{")" + key + R"(":"1"})").error, "");
  EXPECT_EQ(On("orders", "TagQueue", R"("Tags":{")" + key + R"(ü":"1"})").error, "InvalidParameterValue");
}

TEST_F(SqsApiTest, NamesItsErrorsForBothProtocols) {
  const absl::Status status = ToSqsError(QueueProblemError(QueueProblem::kNoQueue, "none"));
  const HttpResponse response = api_.RenderError(status);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.headers.Find("x-amzn-query-error"), "AWS.SimpleQueueService.NonExistentQueue;Sender");
  EXPECT_EQ(response.body, R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"none"})");
  EXPECT_EQ(api_.RenderError(absl::InternalError("secret")).headers.Find("x-amzn-query-error"),
            "InternalFailure;Receiver");
}

TEST_F(SqsApiTest, RefusesUrlsThatNameNoQueue) {
  for (const char* url : {"", "orders", "http://localhost/orders", "http://localhost/12/orders"}) {
    EXPECT_EQ(Call("PurgeQueue", std::string(R"({"QueueUrl":")") + url + "\"}").error, "InvalidAddress") << url;
  }
  EXPECT_EQ(Call("PurgeQueue", "{}").error, "MissingParameter");
}

}  // namespace
}  // namespace hearth::controller
