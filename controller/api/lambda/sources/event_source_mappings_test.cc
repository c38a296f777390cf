#include "controller/api/lambda/sources/event_source_mappings.h"

#include <gtest/gtest.h>

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class EventSourceMappingsTest : public LambdaTest {
 protected:
  void SetUp() override {
    CreateActive();
    Make("q", false);
    Make("q.fifo", true);
    Make("slow", false, 2);
    api_.AddTo(table_);
  }
  void Make(const std::string& name, bool fifo, int32_t visibility = 30) {
    records::Queue row;
    row.set_account(kTestAccount);
    row.set_name(name);
    row.set_fifo(fifo);
    row.set_visibility_seconds(visibility);
    row.set_retention_seconds(3600);
    ASSERT_TRUE(queues_->Create(row).ok());
  }
  static std::string ArnOf(const std::string& queue) { return QueueArn(kTestRegion, {kTestAccount, queue}); }
  Answer Ask(const std::string& operation, Json body, const std::string& id = "") {
    ApiCall call = Call(std::move(body));
    call.labels["UUID"] = id;
    return Read((*table_.Find(operation))(call));
  }
  Json Body(const std::string& queue, std::initializer_list<Json::Member> more = {}) {
    Json body(Json::Object{{"FunctionName", "hello"}, {"EventSourceArn", ArnOf(queue)}});
    for (const auto& [name, value] : more) body.Set(name, value);
    return body;
  }
  Answer CreateFor(const std::string& queue, std::initializer_list<Json::Member> more = {}) {
    return Ask("CreateEventSourceMapping", Body(queue, more));
  }

  CommitThread commits_{*database_};
  std::unique_ptr<Queues> queues_ =
      Queues::Open({.region = kTestRegion}, *database_, commits_, clock_, random_).value();
  EventSources sources_{*database_};
  absl::Status may_;
  EventSourceMappingsApi api_{
      kTestRegion,
      sources_,
      *queues_,
      catalog_,
      [this](const records::FunctionVersion&, const QueueId&, const std::string&) { return may_; },
      clock_,
      random_};
  OperationTable table_;
};

TEST_F(EventSourceMappingsTest, ShowsANewMappingAsAwsDoes) {
  const Answer made = CreateFor("q");
  ASSERT_EQ(made.status, 202) << made.raw;
  const std::string id = Text(made.body, "UUID");
  EXPECT_EQ(Text(made.body, "State"), "Creating");
  EXPECT_EQ(Text(made.body, "StateTransitionReason"), "USER_INITIATED");
  EXPECT_EQ(made.body.Find("BatchSize")->as_integer(), 10);
  EXPECT_EQ(made.body.Find("LastProcessingResult"), nullptr);
  EXPECT_TRUE(Text(made.body, "EventSourceMappingArn").ends_with(":event-source-mapping:" + id));
  EXPECT_TRUE(Text(made.body, "FunctionArn").ends_with(":function:hello"));
  EXPECT_EQ(Ask("GetEventSourceMapping", Json(Json::Object()), id).status, 200);
}

TEST_F(EventSourceMappingsTest, RefusesASecondMappingOfTheSame) {
  const std::string id = Text(CreateFor("q").body, "UUID");
  const Answer again = CreateFor("q");
  EXPECT_EQ(again.error, "ResourceConflictException");
  EXPECT_EQ(again.text, "An event source mapping with SQS arn (\" " + ArnOf("q") +
                            " \") and function (\" hello \") already exists. Please update or delete the existing "
                            "mapping with UUID " +
                            id);
}

TEST_F(EventSourceMappingsTest, RefusesWhatAwsRefuses) {
  const auto text = [&](const std::string& queue, std::initializer_list<Json::Member> more) {
    return CreateFor(queue, more).text;
  };
  EXPECT_EQ(text("q", {{"BatchSize", 11}}),
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10");
  EXPECT_EQ(text("none", {}),
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error "
            "Message: The specified queue does not exist.");
  EXPECT_EQ(text("slow", {}),
            "Invalid request provided: Queue visibility timeout: 2 seconds is less than Function timeout: 3 seconds");
  EXPECT_EQ(text("q", {{"FunctionName", "nobody"}}), "Function does not exist");
  EXPECT_EQ(text("q", {{"EventSourceArn", ""}}), "Unrecognized event source.");
  EXPECT_EQ(text("q", {{"DestinationConfig", *Json::Parse(R"({"OnFailure":{"Destination":"arn:a"}})")}}),
            "Unsupported DestinationConfig parameter for given event source mapping type.");
  EXPECT_EQ(text("q", {{"FilterCriteria", *Json::Parse(R"({"Filters":[{"Pattern":"{\"a\":1}"}]})")}}),
            "Invalid filter pattern definition.");
  EXPECT_EQ(text("q.fifo", {{"BatchSize", 11}, {"MaximumBatchingWindowInSeconds", 1}}),
            "Maximum batch size for FIFO queues is 10.");
  EXPECT_EQ(CreateFor("q", {{"BatchSize", 0}}).error, "ValidationException");
  EXPECT_EQ(CreateFor("q", {{"ScalingConfig", *Json::Parse(R"({"MaximumConcurrency":1})")}}).error,
            "ValidationException");
}

TEST_F(EventSourceMappingsTest, RefusesOtherSourcesByName) {
  for (const char* service : {"kinesis", "dynamodb", "kafka", "mq"}) {
    const std::string arn = std::string("arn:aws:") + service + ":eu-west-1:000000000000:stream/s";
    EXPECT_NE(CreateFor("q", {{"EventSourceArn", arn}}).text.find(service), std::string::npos) << service;
  }
  EXPECT_NE(CreateFor("q", {{"ProvisionedPollerConfig", *Json::Parse(R"({"MinimumPollers":2})")}})
                .text.find("not supported by Hearth"),
            std::string::npos);
}

TEST_F(EventSourceMappingsTest, AsksWhetherTheRoleMayConsume) {
  may_ = absl::PermissionDeniedError("no");
  EXPECT_EQ(CreateFor("q").text, "The provided execution role does not have permissions to call ReceiveMessage on SQS");
}

TEST_F(EventSourceMappingsTest, ChangesAndDeletesAMapping) {
  const std::string id = Text(CreateFor("q").body, "UUID");
  const Answer changed = Ask("UpdateEventSourceMapping",
                             *Json::Parse(R"({"BatchSize":5,"Enabled":false,"ScalingConfig":{"MaximumConcurrency":3},
                                              "FunctionResponseTypes":["ReportBatchItemFailures"],
                                              "FilterCriteria":{"Filters":[{"Pattern":"{\"body\":[\"a\"]}"}]}})"),
                             id);
  ASSERT_EQ(changed.status, 202) << changed.raw;
  EXPECT_EQ(Text(changed.body, "State"), "Disabling");
  EXPECT_EQ(changed.body.Find("BatchSize")->as_integer(), 5);
  EXPECT_EQ(changed.body.Find("ScalingConfig")->Dump(), R"({"MaximumConcurrency":3})");
  EXPECT_NE(changed.body.Find("FilterCriteria"), nullptr);
  const Answer cleared =
      Ask("UpdateEventSourceMapping", *Json::Parse(R"({"FilterCriteria":{},"ScalingConfig":{}})"), id);
  EXPECT_EQ(cleared.body.Find("FilterCriteria"), nullptr);
  EXPECT_EQ(cleared.body.Find("ScalingConfig"), nullptr);
  EXPECT_EQ(Text(Ask("DeleteEventSourceMapping", Json(Json::Object()), id).body, "State"), "Deleting");
  EXPECT_EQ(Ask("UpdateEventSourceMapping", Json(Json::Object()), id).error, "ResourceInUseException");
  EXPECT_EQ(Ask("GetEventSourceMapping", Json(Json::Object()), "none").text,
            "The resource you requested does not exist.");
}

TEST_F(EventSourceMappingsTest, ListsByQueueAndFunction) {
  CreateFor("q");
  CreateFor("q.fifo");
  ApiCall call = Call();
  call.query["MaxItems"] = "1";
  const Answer first = Read(api_.List(call));
  EXPECT_EQ(first.body.Find("EventSourceMappings")->as_array().size(), 1u);
  call.query["Marker"] = Text(first.body, "NextMarker");
  EXPECT_EQ(Read(api_.List(call)).body.Find("EventSourceMappings")->as_array().size(), 1u);
  ApiCall of_queue = Call();
  of_queue.query["EventSourceArn"] = ArnOf("q");
  EXPECT_EQ(Read(api_.List(of_queue)).body.Find("EventSourceMappings")->as_array().size(), 1u);
  ApiCall of_other = Call();
  of_other.query["FunctionName"] = "other";
  EXPECT_TRUE(Read(api_.List(of_other)).body.Find("EventSourceMappings")->as_array().empty());
}

}  // namespace
}  // namespace hearth::controller
