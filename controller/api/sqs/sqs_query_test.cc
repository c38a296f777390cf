#include "controller/api/sqs/sqs_query.h"

#include <gtest/gtest.h>

#include "controller/api/sqs/sqs_test_support.h"

namespace hearth::controller {
namespace {

class SqsQueryTest : public SqsTest {
 protected:
  // The XML of the answer, or the error's code.
  std::string Ask(const std::string& form, const std::string& path = "/") {
    auto query = std::make_shared<QueryCall>();
    query->call.caller = caller_;
    query->call.base_url = "http://localhost:9000";
    query->path = path;
    query->input = *QueryInput::Read(form);
    query->action = query->input.TextOr("Action", "");
    std::promise<absl::StatusOr<std::string>> promise;
    StartAsync(query_.Run(query), [&](absl::StatusOr<std::string> answer) { promise.set_value(std::move(answer)); });
    const absl::StatusOr<std::string> answer = promise.get_future().get();
    if (answer.ok()) return *answer;
    const std::string shape = AwsErrorShape(answer.status()).value_or("ours");
    const std::optional<QueryError> error = query_.ErrorOf(shape);
    return error ? error->code : shape;
  }

  SqsQuery query_{api_, authorizer_};
};

constexpr char kPath[] = "/000000000000/orders";

TEST_F(SqsQueryTest, ReadsFlatListsAndMaps) {
  EXPECT_EQ(Ask("Action=CreateQueue&QueueName=orders&Attribute.1.Name=DelaySeconds&Attribute.1.Value=0&"
                "Attribute.2.Name=VisibilityTimeout&Attribute.2.Value=10&Tag.1.Key=a&Tag.1.Value=1"),
            "<QueueUrl>http://localhost:9000/000000000000/orders</QueueUrl>");
  EXPECT_EQ(Ask("Action=GetQueueAttributes&AttributeName.1=VisibilityTimeout&AttributeName.2=DelaySeconds", kPath),
            "<Attribute><Name>VisibilityTimeout</Name><Value>10</Value></Attribute>"
            "<Attribute><Name>DelaySeconds</Name><Value>0</Value></Attribute>");
  EXPECT_EQ(Ask("Action=ListQueueTags", kPath), "<Tag><Key>a</Key><Value>1</Value></Tag>");
}

TEST_F(SqsQueryTest, SendsAndReceivesMessages) {
  Ask("Action=CreateQueue&QueueName=orders");
  const std::string sent =
      Ask("Action=SendMessage&MessageBody=a%3Cb&MessageAttribute.1.Name=n&"
          "MessageAttribute.1.Value.DataType=Number&MessageAttribute.1.Value.StringValue=7",
          kPath);
  EXPECT_NE(sent.find("<MD5OfMessageAttributes>"), std::string::npos);
  const std::string got =
      Ask("Action=ReceiveMessage&AttributeName.1=ApproximateReceiveCount&MessageAttributeName.1=All", kPath);
  EXPECT_TRUE(got.starts_with("<Message><MessageId>")) << got;
  EXPECT_NE(got.find("<Body>a&lt;b</Body>"), std::string::npos);
  EXPECT_NE(got.find("<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>"), std::string::npos);
  EXPECT_NE(got.find("<MessageAttribute><Name>n</Name><Value><StringValue>7</StringValue><DataType>Number</DataType>"
                     "</Value></MessageAttribute>"),
            std::string::npos)
      << got;
}

TEST_F(SqsQueryTest, AnswersBatchesByTheirElements) {
  Ask("Action=CreateQueue&QueueName=orders");
  const std::string sent =
      Ask("Action=SendMessageBatch&SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.MessageBody=1&"
          "SendMessageBatchRequestEntry.2.Id=b&SendMessageBatchRequestEntry.2.MessageBody=%01",
          kPath);
  EXPECT_NE(sent.find("<SendMessageBatchResultEntry><Id>a</Id>"), std::string::npos) << sent;
  EXPECT_NE(sent.find("<BatchResultErrorEntry><Id>b</Id><SenderFault>true</SenderFault><Code>InvalidMessageContents"),
            std::string::npos)
      << sent;
}

TEST_F(SqsQueryTest, UsesTheCodesOfTheProtocol) {
  EXPECT_EQ(Ask("Action=GetQueueUrl&QueueName=none"), "AWS.SimpleQueueService.NonExistentQueue");
  EXPECT_EQ(Ask("Action=Nothing"), "InvalidAction");
  EXPECT_EQ(Ask("Action=CreateQueue&QueueName=a.b"), "InvalidParameterValue");
  caller_ = UserIdentity("000000000000", "ann");
  EXPECT_EQ(Ask("Action=CreateQueue&QueueName=orders"), "AccessDenied");
}

TEST_F(SqsQueryTest, KnowsWhichAnswersHaveAResult) {
  EXPECT_TRUE(query_.HasResult("CreateQueue"));
  EXPECT_FALSE(query_.HasResult("DeleteMessage"));
}

}  // namespace
}  // namespace hearth::controller
