#include "controller/api/logs/logs_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "controller/api/aws_error.h"

namespace hearth::controller {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kAccount[] = "000000000000";

class LogsApiTest : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/hearth-logs-api-test-XXXXXX";
    base_ = mkdtemp(pattern);
    store_ = LogStore::Open({.directory = base_ / "logs", .min_free_bytes = 0}, clock_).value();
    api_ = std::make_unique<LogsApi>(*store_, clock_, "us-east-1");
    call_.caller.account = kAccount;
  }
  void TearDown() override {
    store_.reset();
    fs::remove_all(base_);
  }

  absl::StatusOr<Json> Try(std::string_view operation, std::string_view input) {
    const absl::StatusOr<Json> json = Json::Parse(input);
    EXPECT_TRUE(json.ok()) << input;
    return api_->Handle(call_, operation, *json);
  }
  Json Do(std::string_view operation, std::string_view input) {
    absl::StatusOr<Json> output = Try(operation, input);
    EXPECT_TRUE(output.ok()) << operation << input << output.status();
    return output.ok() ? *std::move(output) : Json();
  }
  // "Shape: message"
  std::string ErrorOf(std::string_view operation, std::string_view input) {
    const absl::StatusOr<Json> output = Try(operation, input);
    if (output.ok()) return "no error";
    return AwsErrorShape(output.status()).value_or("(none)") + ": " + std::string(output.status().message());
  }

  void MakeStream() {
    Do("CreateLogGroup", R"({"logGroupName":"g"})");
    Do("CreateLogStream", R"({"logGroupName":"g","logStreamName":"s"})");
  }
  // Events one millisecond apart, the first at `first_ms`.
  void PutEvents(const std::string& stream, int64_t first_ms, const std::vector<std::string>& messages) {
    Json::Array events;
    for (const std::string& message : messages) {
      Json event;
      event.Set("timestamp", first_ms++).Set("message", message);
      events.push_back(std::move(event));
    }
    Json input;
    input.Set("logGroupName", "g").Set("logStreamName", stream).Set("logEvents", std::move(events));
    const absl::StatusOr<Json> output = api_->Handle(call_, "PutLogEvents", input);
    ASSERT_TRUE(output.ok()) << output.status();
  }
  int64_t NowMs() { return UnixMillis(clock_.Wall()); }

  static std::vector<std::string> Messages(const Json& output) {
    std::vector<std::string> messages;
    for (const Json& event : output.Find("events")->as_array()) messages.push_back(event.Find("message")->as_string());
    return messages;
  }
  static std::vector<std::string> Names(const Json& output, const char* list, const char* member) {
    std::vector<std::string> names;
    for (const Json& one : output.Find(list)->as_array()) names.push_back(one.Find(member)->as_string());
    return names;
  }
  static std::string Text(const Json& output, const char* member) {
    const Json* found = output.Find(member);
    return found ? found->as_string() : "";
  }

  fs::path base_;
  FakeClock clock_;
  std::unique_ptr<LogStore> store_;
  std::unique_ptr<LogsApi> api_;
  ApiCall call_;
};

TEST_F(LogsApiTest, AnswersAwsErrorsByNameAndText) {
  MakeStream();
  struct Case {
    const char* operation;
    const char* input;
    const char* error;
  };
  const Case cases[] = {
      {"CreateLogGroup", R"({"logGroupName":"g"})",
       "ResourceAlreadyExistsException: The specified log group already exists"},
      {"CreateLogStream", R"({"logGroupName":"g","logStreamName":"s"})",
       "ResourceAlreadyExistsException: The specified log stream already exists"},
      {"CreateLogStream", R"({"logGroupName":"x","logStreamName":"s"})",
       "ResourceNotFoundException: The specified log group does not exist."},
      {"DeleteLogGroup", R"({"logGroupName":"x"})",
       "ResourceNotFoundException: The specified log group does not exist."},
      {"DeleteLogStream", R"({"logGroupName":"g","logStreamName":"x"})",
       "ResourceNotFoundException: The specified log stream does not exist."},
      {"GetLogEvents", R"({"logGroupName":"g","logStreamName":"x"})",
       "ResourceNotFoundException: The specified log stream does not exist."},
      {"GetLogEvents", R"({"logGroupName":"g","logStreamName":"s","nextToken":"nonsense"})",
       "InvalidParameterException: The specified nextToken is invalid."},
      {"FilterLogEvents", R"({"logGroupName":"g","limit":10001})",
       "InvalidParameterException: 1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: "
       "Member must have value less than or equal to 10000"},
      {"FilterLogEvents", R"({"logGroupName":"x"})",
       "ResourceNotFoundException: The specified log group does not exist."},
      {"FilterLogEvents", R"({"logGroupName":"g","logStreamNames":["x"]})",
       "ResourceNotFoundException: The specified log stream does not exist."},
      {"DescribeLogStreams", R"({"logGroupName":"g","orderBy":"LastEventTime","logStreamNamePrefix":"s"})",
       "InvalidParameterException: Cannot order by LastEventTime with a logStreamNamePrefix."},
      {"FilterLogEvents", R"({"logGroupName":7})", "SerializationException: Member 'logGroupName' must be a string"},
      {"FilterLogEvents", R"({})",
       "InvalidParameterException: 1 validation error detected: Value null at 'logGroupName' failed to satisfy "
       "constraint: Member must not be null"},
  };
  for (const Case& one : cases) EXPECT_EQ(ErrorOf(one.operation, one.input), one.error) << one.operation << one.input;
}

TEST_F(LogsApiTest, RefusesWhatItDoesNotCarryOut) {
  MakeStream();
  EXPECT_THAT(ErrorOf("CreateLogGroup", R"({"logGroupName":"h","kmsKeyId":"k"})"),
              HasSubstr("'kmsKeyId' is not supported"));
  EXPECT_THAT(ErrorOf("CreateLogGroup", R"({"logGroupName":"h","logGroupClass":"INFREQUENT_ACCESS"})"),
              HasSubstr("InvalidParameterException"));
  EXPECT_THAT(ErrorOf("FilterLogEvents", R"({"logGroupName":"g","filterPattern":"{ $.a = 1 }"})"),
              HasSubstr("JSON patterns"));
  EXPECT_THAT(ErrorOf("StartQuery", "{}"), HasSubstr("UnknownOperationException"));
}

TEST_F(LogsApiTest, ReadsAStreamFromItsEndAndBackByTokens) {
  MakeStream();
  PutEvents("s", NowMs(), {"one", "two", "three", "four"});
  const Json last = Do("GetLogEvents", R"({"logGroupName":"g","logStreamName":"s","limit":2})");
  EXPECT_THAT(Messages(last), ElementsAre("three", "four"));
  const Json back = Do("GetLogEvents", R"({"logGroupName":"g","logStreamName":"s","limit":9,"nextToken":")" +
                                           Text(last, "nextBackwardToken") + "\"}");
  EXPECT_THAT(Messages(back), ElementsAre("one", "two"));
}

TEST_F(LogsApiTest, FollowsAStreamByItsForwardToken) {
  MakeStream();
  const auto next = [this](const Json& page) {
    return Do("GetLogEvents", R"({"logGroupName":"g","logStreamName":"s","startFromHead":true,"nextToken":")" +
                                  Text(page, "nextForwardToken") + "\"}");
  };
  const Json empty = Do("GetLogEvents", R"({"logGroupName":"g","logStreamName":"s","startFromHead":true})");
  PutEvents("s", NowMs(), {"one", "two"});
  const Json first = next(empty);
  EXPECT_THAT(Messages(first), ElementsAre("one", "two"));
  const Json nothing = next(first);
  EXPECT_THAT(Messages(nothing), IsEmpty());
  EXPECT_EQ(Text(nothing, "nextForwardToken"), Text(first, "nextForwardToken"));
  PutEvents("s", NowMs() + 5, {"three"});
  EXPECT_THAT(Messages(next(nothing)), ElementsAre("three"));
  const Json back = Do("GetLogEvents", R"({"logGroupName":"g","logStreamName":"s","nextToken":")" +
                                           Text(nothing, "nextBackwardToken") + "\"}");
  EXPECT_THAT(Messages(back), ElementsAre("one", "two"));
}

TEST_F(LogsApiTest, TheEndTimeIsOutsideWhenReadingAndInsideWhenSearching) {
  MakeStream();
  const int64_t now_ms = NowMs();
  PutEvents("s", now_ms, {"one", "two", "three"});
  const std::string times =
      R"("startTime":)" + std::to_string(now_ms) + R"(,"endTime":)" + std::to_string(now_ms + 1) + "}";
  EXPECT_THAT(Messages(Do("GetLogEvents", R"({"logGroupName":"g","logStreamName":"s",)" + times)), ElementsAre("one"));
  EXPECT_THAT(Messages(Do("FilterLogEvents", R"({"logGroupName":"g",)" + times)), ElementsAre("one", "two"));
}

TEST_F(LogsApiTest, SearchesAllStreamsInPagesWithUniqueIds) {
  MakeStream();
  Do("CreateLogStream", R"({"logGroupName":"g","logStreamName":"t"})");
  PutEvents("s", NowMs(), {"a1", "a2", "a3"});
  PutEvents("t", NowMs(), {"b1", "b2", "b3"});
  std::vector<std::string> messages;
  std::set<std::string> ids;
  std::string token;
  do {
    const Json page = Do("FilterLogEvents", R"({"logGroupName":"g","limit":2)" +
                                                (token.empty() ? "}" : R"(,"nextToken":")" + token + "\"}"));
    for (const std::string& message : Messages(page)) messages.push_back(message);
    for (const std::string& id : Names(page, "events", "eventId")) ids.insert(id);
    token = Text(page, "nextToken");
  } while (!token.empty());
  EXPECT_THAT(messages, ElementsAre("a1", "b1", "a2", "b2", "a3", "b3"));
  EXPECT_EQ(ids.size(), 6u);
}

TEST_F(LogsApiTest, SearchesByPatternAndPrefix) {
  MakeStream();
  PutEvents("s", NowMs(), {"ERROR one", "INFO two", "ERROR three"});
  EXPECT_THAT(Messages(Do("FilterLogEvents", R"({"logGroupName":"g","filterPattern":"ERROR -three"})")),
              ElementsAre("ERROR one"));
  EXPECT_THAT(Messages(Do("FilterLogEvents", R"({"logGroupName":"g","logStreamNamePrefix":"x"})")), IsEmpty());
}

TEST_F(LogsApiTest, FindsAGroupByNameOrArn) {
  MakeStream();
  PutEvents("s", NowMs(), {"one"});
  for (const char* identifier :
       {"g", "arn:aws:logs:us-east-1:000000000000:log-group:g", "arn:aws:logs:us-east-1:000000000000:log-group:g:*"}) {
    const std::string input = std::string(R"({"logGroupIdentifier":")") + identifier + "\"}";
    EXPECT_THAT(Messages(Do("FilterLogEvents", input)), ElementsAre("one")) << identifier;
  }
  EXPECT_THAT(ErrorOf("FilterLogEvents", R"({"logGroupIdentifier":"arn:aws:logs:us-east-1:111111111111:log-group:g"})"),
              HasSubstr("ResourceNotFoundException"));
}

TEST_F(LogsApiTest, AnotherAccountSeesNothing) {
  MakeStream();
  call_.caller.account = "111111111111";
  EXPECT_THAT(Names(Do("DescribeLogGroups", "{}"), "logGroups", "logGroupName"), IsEmpty());
  EXPECT_THAT(ErrorOf("FilterLogEvents", R"({"logGroupName":"g"})"), HasSubstr("ResourceNotFoundException"));
}

TEST_F(LogsApiTest, DescribesGroupsInPages) {
  for (const char* name : {"/aws/lambda/a", "/aws/lambda/b", "/aws/lambda/c", "other"}) {
    Do("CreateLogGroup", std::string(R"({"logGroupName":")") + name + "\"}");
  }
  const Json first = Do("DescribeLogGroups", R"({"logGroupNamePrefix":"/aws/lambda/","limit":2})");
  EXPECT_THAT(Names(first, "logGroups", "logGroupName"), ElementsAre("/aws/lambda/a", "/aws/lambda/b"));
  EXPECT_THAT(Names(first, "logGroups", "arn")[0], "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/a:*");
  const Json second = Do("DescribeLogGroups", R"({"logGroupNamePrefix":"/aws/lambda/","limit":2,"nextToken":")" +
                                                  Text(first, "nextToken") + "\"}");
  EXPECT_THAT(Names(second, "logGroups", "logGroupName"), ElementsAre("/aws/lambda/c"));
  EXPECT_EQ(second.Find("nextToken"), nullptr);
}

TEST_F(LogsApiTest, DescribesStreamsInBothOrders) {
  MakeStream();
  Do("CreateLogStream", R"({"logGroupName":"g","logStreamName":"a"})");
  PutEvents("a", NowMs() + 10, {"x"});
  PutEvents("s", NowMs(), {"x"});
  EXPECT_THAT(Names(Do("DescribeLogStreams", R"({"logGroupName":"g"})"), "logStreams", "logStreamName"),
              ElementsAre("a", "s"));
  const std::string newest_first = R"({"logGroupName":"g","orderBy":"LastEventTime","descending":true,"limit":1)";
  const Json first = Do("DescribeLogStreams", newest_first + "}");
  EXPECT_THAT(Names(first, "logStreams", "logStreamName"), ElementsAre("a"));
  const Json second = Do("DescribeLogStreams", newest_first + R"(,"nextToken":")" + Text(first, "nextToken") + "\"}");
  EXPECT_THAT(Names(second, "logStreams", "logStreamName"), ElementsAre("s"));
}

TEST_F(LogsApiTest, RetentionIsShownEnforcedAndTakenBack) {
  MakeStream();
  PutEvents("s", NowMs(), {"one"});
  Do("PutRetentionPolicy", R"({"logGroupName":"g","retentionInDays":1})");
  const Json groups = Do("DescribeLogGroups", "{}");
  EXPECT_EQ(groups.Find("logGroups")->as_array()[0].Find("retentionInDays")->as_integer(), 1);
  clock_.Advance(std::chrono::hours(25));
  EXPECT_THAT(Messages(Do("FilterLogEvents", R"({"logGroupName":"g"})")), IsEmpty());
  Do("DeleteRetentionPolicy", R"({"logGroupName":"g"})");
  EXPECT_EQ(Do("DescribeLogGroups", "{}").Find("logGroups")->as_array()[0].Find("retentionInDays"), nullptr);
  EXPECT_THAT(ErrorOf("PutRetentionPolicy", R"({"logGroupName":"g","retentionInDays":2})"),
              HasSubstr("enum value set"));
}

TEST_F(LogsApiTest, KeepsTagsByNameAndByArn) {
  Do("CreateLogGroup", R"({"logGroupName":"g","tags":{"a":"1"}})");
  const std::string arn = R"("resourceArn":"arn:aws:logs:us-east-1:000000000000:log-group:g")";
  Do("TagResource", "{" + arn + R"(,"tags":{"b":"2"}})");
  Do("TagLogGroup", R"({"logGroupName":"g","tags":{"c":"3"}})");
  Do("UntagResource", "{" + arn + R"(,"tagKeys":["a"]})");
  EXPECT_EQ(Do("ListTagsForResource", "{" + arn + "}").Dump(), R"({"tags":{"b":"2","c":"3"}})");
  EXPECT_EQ(Do("ListTagsLogGroup", R"({"logGroupName":"g"})").Dump(), R"({"tags":{"b":"2","c":"3"}})");
}

TEST_F(LogsApiTest, TellsWhoWroteAnEvent) {
  MakeStream();
  const std::string end = "END RequestId: 1\n";
  node::LogBatch batch;
  batch.set_account(kAccount);
  batch.set_log_group("g");
  batch.set_log_stream("s");
  for (const auto source : {node::LogRecord::FUNCTION, node::LogRecord::PLATFORM}) {
    node::LogRecord& record = *batch.add_records();
    record.set_time_us(NowMs() * 1000);
    record.set_source(source);
    record.set_text(end);
  }
  ASSERT_TRUE(store_->Append(batch).ok());
  PutEvents("s", NowMs(), {end});
  for (const Json& page : {Do("FilterLogEvents", R"({"logGroupName":"g"})"),
                           Do("GetLogEvents", R"({"logGroupName":"g","logStreamName":"s","startFromHead":true})")}) {
    EXPECT_THAT(Messages(page), ElementsAre(end, end, end));
    EXPECT_THAT(Names(page, "events", "hearthSource"), ElementsAre("function", "platform", "api"));
  }
}

TEST_F(LogsApiTest, CountsTheCharactersOfATag) {
  std::string value;
  for (int i = 0; i < 256; ++i) value += "ü";
  const std::string head = R"({"logGroupName":"g","tags":{"a":")";
  EXPECT_THAT(ErrorOf("CreateLogGroup", head + value + R"(ü"}})"), HasSubstr("256"));
  Do("CreateLogGroup", head + value + R"("}})");
  EXPECT_EQ(Do("ListTagsLogGroup", R"({"logGroupName":"g"})").Dump(), R"({"tags":{"a":")" + value + R"("}})");
}

TEST_F(LogsApiTest, TellsWhichEventsAreTooOldOrTooNew) {
  MakeStream();
  const auto put = [this](int64_t a_ms, int64_t b_ms) {
    return Do("PutLogEvents", R"({"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":)" +
                                  std::to_string(a_ms) + R"(,"message":"a"},{"timestamp":)" + std::to_string(b_ms) +
                                  R"(,"message":"b"}]})");
  };
  constexpr int64_t kHour = 3600000;
  const Json old = put(NowMs() - 14 * 24 * kHour - kHour, NowMs() - 14 * 24 * kHour + kHour);
  EXPECT_EQ(old.Find("rejectedLogEventsInfo")->Dump(), R"({"tooOldLogEventEndIndex":1})");
  const Json future = put(NowMs(), NowMs() + 3 * kHour);
  EXPECT_EQ(future.Find("rejectedLogEventsInfo")->Dump(), R"({"tooNewLogEventStartIndex":1})");
  EXPECT_THAT(Messages(Do("FilterLogEvents", R"({"logGroupName":"g"})")), ElementsAre("b", "a"));
}

TEST_F(LogsApiTest, RefusesEventsOutOfOrderTooManyBytesAndTooLongASpan) {
  MakeStream();
  const std::string head = R"({"logGroupName":"g","logStreamName":"s","logEvents":[)";
  EXPECT_THAT(ErrorOf("PutLogEvents", head + R"({"timestamp":2,"message":"a"},{"timestamp":1,"message":"b"}]})"),
              HasSubstr("must be in chronological order"));
  EXPECT_THAT(ErrorOf("PutLogEvents", head + R"({"timestamp":2,"message":")" + std::string(1048576, 'x') + R"("}]})"),
              HasSubstr("Upload too large: 1048602 bytes exceeds limit of 1048576"));
  EXPECT_THAT(ErrorOf("PutLogEvents", head + R"({"timestamp":0,"message":"a"},{"timestamp":86400001,"message":"b"}]})"),
              HasSubstr("cannot span more than 24 hours"));
  EXPECT_THAT(ErrorOf("PutLogEvents", head + R"({"timestamp":1,"message":""}]})"),
              HasSubstr("InvalidParameterException"));
}

TEST_F(LogsApiTest, SaysForEveryOperationWhatItIsDoneTo) {
  const auto resource = [this](std::string_view operation, std::string_view input) {
    const std::optional<AccessRequest> access = api_->AccessOf(call_, operation, Json::Parse(input).value());
    EXPECT_EQ(access.value().action, "logs:" + std::string(operation));
    return access->resource;
  };
  const std::string group = "arn:aws:logs:us-east-1:000000000000:log-group:g";
  EXPECT_EQ(resource("CreateLogGroup", R"({"logGroupName":"g"})"), group + ":log-stream:");
  EXPECT_EQ(resource("FilterLogEvents", R"({"logGroupIdentifier":")" + group + R"(:*"})"), group + ":log-stream:");
  EXPECT_EQ(resource("PutLogEvents", R"({"logGroupName":"g","logStreamName":"s"})"), group + ":log-stream:s");
  EXPECT_EQ(resource("TagResource", R"({"resourceArn":")" + group + R"("})"), group);
  EXPECT_EQ(resource("DescribeLogGroups", R"({"logGroupName":"g"})"),
            "arn:aws:logs:us-east-1:000000000000:log-group::log-stream:");
  EXPECT_FALSE(api_->AccessOf(call_, "StartQuery", Json(Json::Object())).has_value());
}

}  // namespace
}  // namespace hearth::controller
