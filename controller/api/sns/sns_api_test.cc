#include "controller/api/sns/sns_api.h"

#include <gtest/gtest.h>

#include <future>

#include "common/uri.h"
#include "controller/api/aws_error.h"
#include "controller/auth/authorizer_test_support.h"
#include "controller/auth/policy_authorizer.h"
#include "controller/topics/topics_test_support.h"

namespace hearth::controller {
namespace {

using Form = std::vector<std::pair<std::string, std::string>>;

constexpr char kArn[] = "arn:aws:sns:eu-west-1:000000000000:orders";
constexpr char kQueueArn[] = "arn:aws:sqs:eu-west-1:000000000000:q";

class SnsApiTest : public TopicsTest {
 protected:
  struct Answer {
    std::string xml;
    std::string error;
    std::string text;
  };
  void SetUp() override { ASSERT_EQ(Call("CreateTopic", {{"Name", "orders"}}).error, ""); }

  Answer Call(const std::string& action, const Form& form) { return CallOn(api_, action, form); }
  Answer CallOn(SnsApi& api, const std::string& action, const Form& form) {
    auto query = std::make_shared<QueryCall>();
    query->call.caller = caller_;
    query->call.base_url = "http://localhost:9000";
    query->action = action;
    std::string text;
    for (const auto& [name, value] : form) text += (text.empty() ? "" : "&") + UriEncode(name) + "=" + UriEncode(value);
    query->input = *QueryInput::Read(text);
    std::promise<absl::StatusOr<std::string>> promise;
    StartAsync(api.Run(query), [&](absl::StatusOr<std::string> xml) { promise.set_value(std::move(xml)); });
    const absl::StatusOr<std::string> xml = promise.get_future().get();
    if (xml.ok()) return {*xml, "", ""};
    return {"", AwsErrorShape(xml.status()).value_or("ours"), std::string(xml.status().message())};
  }
  Answer On(const std::string& action, Form form = {}) {
    form.emplace_back("TopicArn", kArn);
    return Call(action, form);
  }
  std::string Subscribe(const Form& more = {}) {
    Form form = {{"Protocol", "sqs"}, {"Endpoint", kQueueArn}};
    form.insert(form.end(), more.begin(), more.end());
    const std::string xml = On("Subscribe", form).xml;
    const size_t begin = xml.find('>') + 1;
    return xml.substr(begin, xml.find('<', begin) - begin);
  }
  static bool Has(const Answer& answer, std::string_view text) { return answer.xml.find(text) != std::string::npos; }

  CommitThread commits_{*database_};
  std::unique_ptr<Queues> queues_ =
      Queues::Open({.region = "eu-west-1"}, *database_, commits_, clock_, random_).value();
  Deliveries deliveries_{"eu-west-1", *database_, commits_, *topics_, *queues_, *signer_, {}, clock_, random_};
  Identity caller_ = RootIdentity("000000000000", "AKIATEST");
  WrittenPolicies policies_;
  PolicyAuthorizer authorizer_{policies_, clock_, "eu-west-1"};
  TopicAccess access_{*topics_, "eu-west-1"};
  SnsApi api_{*topics_, deliveries_, access_, authorizer_, "eu-west-1", /*urls=*/true, random_};
  SnsApi closed_{*topics_, deliveries_, access_, authorizer_, "eu-west-1", /*urls=*/false, random_};
};

TEST_F(SnsApiTest, CreatesATopicOnceForTheSameAttributes) {
  EXPECT_EQ(Call("CreateTopic", {{"Name", "orders"}}).xml, std::string("<TopicArn>") + kArn + "</TopicArn>");
  const Answer other =
      Call("CreateTopic",
           {{"Name", "orders"}, {"Attributes.entry.1.key", "DisplayName"}, {"Attributes.entry.1.value", "Orders"}});
  EXPECT_EQ(other.text, "Invalid parameter: Attributes Reason: Topic already exists with different attributes");
}

TEST_F(SnsApiTest, NamesWhatItDoesNotHave) {
  EXPECT_EQ(Call("CreateTopic", {{"Name", "orders.fifo"}}).text,
            "Invalid parameter: Topic Name Reason: a FIFO topic is not supported by Hearth");
  EXPECT_EQ(Call("CreateTopic", {{"Name", "no name"}}).text, "Invalid parameter: Topic Name");
  EXPECT_EQ(On("Subscribe", {{"Protocol", "email"}, {"Endpoint", "a@example.com"}}).text,
            "Invalid parameter: Protocol Reason: email is not supported by Hearth");
  EXPECT_EQ(On("SetTopicAttributes", {{"AttributeName", "KmsMasterKeyId"}, {"AttributeValue", "alias/x"}}).error,
            "InvalidParameter");
  EXPECT_EQ(Call("CreateSMSSandboxPhoneNumber", {}).error, "InvalidAction");
}

TEST_F(SnsApiTest, ChangesAndShowsAttributesOfATopic) {
  EXPECT_EQ(On("SetTopicAttributes", {{"AttributeName", "DisplayName"}, {"AttributeValue", "Orders"}}).error, "");
  const Answer shown = On("GetTopicAttributes");
  EXPECT_TRUE(Has(shown, "<entry><key>DisplayName</key><value>Orders</value></entry>"));
  EXPECT_TRUE(Has(shown, "<entry><key>SubscriptionsConfirmed</key><value>0</value></entry>"));
  EXPECT_TRUE(Has(shown, "__default_statement_ID"));
  EXPECT_EQ(On("SetTopicAttributes", {{"AttributeName", "Policy"}, {"AttributeValue", "{}"}}).error,
            "InvalidParameter");
  EXPECT_EQ(Call("GetTopicAttributes", {{"TopicArn", std::string(kArn) + "x"}}).error, "NotFound");
  EXPECT_EQ(Call("GetTopicAttributes", {{"TopicArn", "orders"}}).text,
            "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1");
}

TEST_F(SnsApiTest, AnEndpointSubscribesOnceForTheSameAttributes) {
  const std::string arn = Subscribe();
  EXPECT_TRUE(arn.starts_with(std::string(kArn) + ":"));
  EXPECT_EQ(Subscribe(), arn);
  EXPECT_EQ(On("Subscribe", {{"Protocol", "sqs"},
                             {"Endpoint", kQueueArn},
                             {"Attributes.entry.1.key", "RawMessageDelivery"},
                             {"Attributes.entry.1.value", "true"}})
                .text,
            "Invalid parameter: Attributes Reason: Subscription already exists with different attributes");
  EXPECT_TRUE(Has(On("ListSubscriptionsByTopic"), "<SubscriptionArn>" + arn + "</SubscriptionArn>"));
  EXPECT_TRUE(Has(Call("ListSubscriptions", {}), "<Endpoint>" + std::string(kQueueArn) + "</Endpoint>"));
  EXPECT_EQ(Call("Unsubscribe", {{"SubscriptionArn", arn}}).error, "");
  EXPECT_EQ(Call("Unsubscribe", {{"SubscriptionArn", arn}}).error, "");
  EXPECT_EQ(Call("GetSubscriptionAttributes", {{"SubscriptionArn", arn}}).error, "NotFound");
}

TEST_F(SnsApiTest, ChangesAndShowsAttributesOfASubscription) {
  const std::string arn = Subscribe();
  const auto set = [&](const std::string& name, const std::string& value) {
    return Call("SetSubscriptionAttributes",
                {{"SubscriptionArn", arn}, {"AttributeName", name}, {"AttributeValue", value}});
  };
  EXPECT_EQ(set("FilterPolicy", R"({"store":["a"]})").error, "");
  EXPECT_EQ(set("RawMessageDelivery", "true").error, "");
  EXPECT_EQ(set("RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:000000000000:dead"})").error, "");
  const Answer shown = Call("GetSubscriptionAttributes", {{"SubscriptionArn", arn}});
  EXPECT_TRUE(Has(shown, "<key>RawMessageDelivery</key><value>true</value>"));
  EXPECT_TRUE(Has(shown, "<key>FilterPolicyScope</key><value>MessageAttributes</value>"));
  EXPECT_TRUE(Has(shown, "<key>RedrivePolicy</key>"));
  EXPECT_EQ(set("FilterPolicy", R"({"a":{"b":["c"]}})").text,
            "Invalid parameter: FilterPolicy: Filter policy scope MessageAttributes does not support nested filter "
            "policy");
  EXPECT_EQ(set("RedrivePolicy", R"({"deadLetterTargetArn":"x"})").error, "InvalidParameter");
  EXPECT_EQ(set("DeliveryPolicy", "{}").text,
            "Invalid parameter: AttributeName Reason: DeliveryPolicy is not supported by Hearth");
  EXPECT_EQ(set("Nothing", "x").text, "Invalid parameter: AttributeName");
}

TEST_F(SnsApiTest, UrlsSubscribeWhereTheyMayAndConfirmWithTheirToken) {
  const Form form = {{"TopicArn", kArn}, {"Protocol", "http"}, {"Endpoint", "http://example.com/"}};
  EXPECT_EQ(CallOn(closed_, "Subscribe", form).text,
            "Invalid parameter: Protocol Reason: http is not supported by Hearth");
  EXPECT_EQ(Call("Subscribe", form).xml, "<SubscriptionArn>pending confirmation</SubscriptionArn>");
  EXPECT_TRUE(Has(On("ListSubscriptionsByTopic"), "<SubscriptionArn>PendingConfirmation</SubscriptionArn>"));
  EXPECT_TRUE(Has(On("GetTopicAttributes"), "<key>SubscriptionsPending</key><value>1</value>"));
  records::TopicMessage asked;
  ASSERT_TRUE(asked.ParseFromString(database_->Scan("topic-message/", "", 10)->at(0).value));
  EXPECT_EQ(On("ConfirmSubscription", {{"Token", "x"}}).text, "Invalid parameter: Token");
  EXPECT_TRUE(api_.IsUnsigned("ConfirmSubscription"));
  caller_ = Identity();
  EXPECT_TRUE(Has(On("ConfirmSubscription", {{"Token", asked.token()}}), "<SubscriptionArn>arn:aws:sns:"));
  EXPECT_FALSE(topics_->SubscribersOf(id_)[0]->row.pending());
}

TEST_F(SnsApiTest, AUrlMatchesItsProtocol) {
  for (const char* url : {"http://example.com/", "https://example.com/ x", "example.com", ""}) {
    EXPECT_EQ(On("Subscribe", {{"Protocol", "https"}, {"Endpoint", url}}).text,
              "Invalid parameter: Endpoint must match the specified protocol");
  }
}

TEST_F(SnsApiTest, OnlyQueuesGetRawMessages) {
  const Answer answer = On("Subscribe", {{"Protocol", "lambda"},
                                         {"Endpoint", "arn:aws:lambda:eu-west-1:000000000000:function:f"},
                                         {"Attributes.entry.1.key", "RawMessageDelivery"},
                                         {"Attributes.entry.1.value", "true"}});
  EXPECT_EQ(answer.text, "Invalid parameter: Delivery protocol [lambda] does not support raw message delivery.");
}

TEST_F(SnsApiTest, KeepsWhatIsPublishedForWhomItIs) {
  Subscribe({{"Attributes.entry.1.key", "FilterPolicy"}, {"Attributes.entry.1.value", R"({"store":["a"]})"}});
  const auto publish = [&](const std::string& store) {
    return On("Publish", {{"Message", "hello"},
                          {"MessageAttributes.entry.1.Name", "store"},
                          {"MessageAttributes.entry.1.Value.DataType", "String"},
                          {"MessageAttributes.entry.1.Value.StringValue", store}});
  };
  EXPECT_TRUE(publish("a").xml.starts_with("<MessageId>"));
  EXPECT_TRUE(publish("b").xml.starts_with("<MessageId>"));
  EXPECT_EQ(Rows("topic-message/"), 1u);
}

TEST_F(SnsApiTest, RefusesMessagesAsAwsDoes) {
  EXPECT_EQ(On("Publish", {{"Message", ""}}).text, "Invalid parameter: Empty message");
  EXPECT_EQ(On("Publish", {{"Message", std::string(262145, 'x')}}).text, "Invalid parameter: Message too long");
  EXPECT_EQ(On("Publish", {{"Message", "x"}, {"Subject", std::string(101, 'x')}}).text, "Invalid parameter: Subject");
  EXPECT_EQ(On("Publish", {{"Message", "{}"}, {"MessageStructure", "json"}}).text,
            "Invalid parameter: Message Structure - No default entry in JSON message body");
  EXPECT_EQ(Call("Publish", {{"Message", "x"}, {"PhoneNumber", "+1"}}).error, "InvalidParameter");
  EXPECT_EQ(Call("Publish", {{"Message", "x"}, {"TopicArn", std::string(kArn) + "x"}}).error, "NotFound");
  EXPECT_EQ(On("Publish", {{"Message", "x"},
                           {"MessageAttributes.entry.1.Name", "a"},
                           {"MessageAttributes.entry.1.Value.DataType", "Odd"},
                           {"MessageAttributes.entry.1.Value.StringValue", "x"}})
                .error,
            "InvalidParameterValue");
}

TEST_F(SnsApiTest, AnswersEveryEntryOfABatch) {
  const Answer answer = On("PublishBatch", {{"PublishBatchRequestEntries.member.1.Id", "a"},
                                            {"PublishBatchRequestEntries.member.1.Message", "hello"},
                                            {"PublishBatchRequestEntries.member.2.Id", "b"},
                                            {"PublishBatchRequestEntries.member.2.Message", ""}});
  EXPECT_TRUE(Has(answer, "<Successful><member><Id>a</Id><MessageId>"));
  EXPECT_TRUE(Has(answer, "<Failed><member><Id>b</Id><Code>InvalidParameter</Code>"));
  EXPECT_EQ(On("PublishBatch").error, "EmptyBatchRequest");
}

TEST_F(SnsApiTest, TagsATopic) {
  const auto tagged = [&](const std::string& action, Form form) {
    form.emplace_back("ResourceArn", kArn);
    return Call(action, form);
  };
  EXPECT_EQ(tagged("TagResource", {{"Tags.member.1.Key", "team"}, {"Tags.member.1.Value", "a"}}).error, "");
  EXPECT_EQ(tagged("ListTagsForResource", {}).xml, "<Tags><member><Key>team</Key><Value>a</Value></member></Tags>");
  EXPECT_EQ(tagged("TagResource", {{"Tags.member.1.Key", "aws:x"}, {"Tags.member.1.Value", "a"}}).error,
            "InvalidParameter");
  std::string key;
  for (int i = 0; i < 128; ++i) key += "ü";  // characters are counted, not bytes
  EXPECT_EQ(tagged("TagResource", {{"Tags.member.1.Key", key}, {"Tags.member.1.Value", "a"}}).error, "");
  EXPECT_EQ(tagged("TagResource", {{"Tags.member.1.Key", key + "ü"}, {"Tags.member.1.Value", "a"}}).error,
            "InvalidParameter");
  EXPECT_EQ(tagged("UntagResource", {{"TagKeys.member.1", "team"}, {"TagKeys.member.2", key}}).error, "");
  EXPECT_EQ(tagged("ListTagsForResource", {}).xml, "<Tags></Tags>");
  EXPECT_EQ(Call("ListTagsForResource", {{"ResourceArn", std::string(kArn) + "x"}}).error, "ResourceNotFound");
}

TEST_F(SnsApiTest, OtherAccountsNeedThePolicyOfTheTopic) {
  const Identity owner = caller_;
  caller_ = RootIdentity("111111111111", "AKIAOTHER");
  EXPECT_EQ(On("Publish", {{"Message", "x"}}).error, "AccessDeniedException");
  caller_ = owner;
  const Form grant = {
      {"Label", "other"}, {"AWSAccountId.member.1", "111111111111"}, {"ActionName.member.1", "Publish"}};
  ASSERT_EQ(On("AddPermission", grant).error, "");
  EXPECT_EQ(On("AddPermission", grant).text, "Invalid parameter: Statement already exists");
  caller_ = RootIdentity("111111111111", "AKIAOTHER");
  EXPECT_EQ(On("Publish", {{"Message", "x"}}).error, "");
  EXPECT_EQ(On("GetTopicAttributes").error, "AccessDeniedException");
  caller_ = owner;
  ASSERT_EQ(On("RemovePermission", {{"Label", "other"}}).error, "");
  caller_ = RootIdentity("111111111111", "AKIAOTHER");
  EXPECT_EQ(On("Publish", {{"Message", "x"}}).error, "AccessDeniedException");
}

}  // namespace
}  // namespace hearth::controller
