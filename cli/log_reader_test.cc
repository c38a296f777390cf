#include "cli/log_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace hearth::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FakeClient final : public HttpClient {
 public:
  absl::StatusOr<HttpResponse> Send(const HttpClientRequest& request) override {
    requests.push_back(request);
    HttpResponse response =
        answers.empty() ? HttpResponse{.status = 200, .headers = {}, .body = R"({"events":[]})"} : answers.front();
    if (!answers.empty()) answers.pop_front();
    return response;
  }
  void Answer(std::string body, int status = 200) {
    answers.push_back({.status = status, .headers = {}, .body = std::move(body)});
  }

  std::vector<HttpClientRequest> requests;
  std::deque<HttpResponse> answers;
};

std::string Event(const std::string& id, int64_t time_ms) {
  return R"({"eventId":")" + id + R"(","timestamp":)" + std::to_string(time_ms) +
         R"(,"logStreamName":"s","message":"m)" + id + "\"}";
}

class LogReaderTest : public testing::Test {
 protected:
  std::vector<std::string> Next() {
    std::vector<std::string> messages;
    const absl::StatusOr<std::vector<LogLine>> lines = reader_.Next();
    EXPECT_TRUE(lines.ok()) << lines.status();
    for (const LogLine& line : *lines) messages.push_back(line.message);
    return messages;
  }

  FakeClock clock_;
  FakeClient client_;
  LogReader reader_{client_, clock_, {{"AK", "SK", ""}, "us-east-1", "http://127.0.0.1:9000"}, "/aws/lambda/f", 1000};
};

TEST_F(LogReaderTest, SignsItsQuestions) {
  Next();
  ASSERT_EQ(client_.requests.size(), 1u);
  EXPECT_EQ(client_.requests[0].url, "http://127.0.0.1:9000/");
  EXPECT_EQ(client_.requests[0].body, R"({"logGroupName":"/aws/lambda/f","startTime":1000})");
  EXPECT_THAT(std::string(client_.requests[0].headers.Find("authorization").value()), HasSubstr("Credential=AK/"));
}

TEST_F(LogReaderTest, GivesEveryEventOnceAcrossPagesAndQuestions) {
  client_.Answer(R"({"events":[)" + Event("1", 5000) + R"(],"nextToken":"t"})");
  client_.Answer(R"({"events":[)" + Event("2", 20000) + "]}");
  client_.Answer(R"({"events":[)" + Event("2", 20000) + "," + Event("3", 20000) + "]}");
  EXPECT_THAT(Next(), ElementsAre("m1"));
  EXPECT_THAT(Next(), ElementsAre("m2"));
  EXPECT_THAT(Next(), ElementsAre("m3"));
  EXPECT_THAT(client_.requests[1].body, HasSubstr(R"("nextToken":"t")"));
  EXPECT_THAT(client_.requests[2].body, HasSubstr(R"("startTime":10000)"));
}

TEST_F(LogReaderTest, TellsWhatThePlatformWrote) {
  const std::string event = R"({"timestamp":1,"message":"END","eventId":)";
  client_.Answer(R"({"events":[)" + event + R"("1","hearthSource":"platform"},)" + event +
                 R"("2","hearthSource":"function"},)" + event + R"("3"}]})");
  const std::vector<LogLine> lines = reader_.Next().value();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_TRUE(lines[0].by_platform);
  EXPECT_FALSE(lines[1].by_platform);
  EXPECT_FALSE(lines[2].by_platform);
}

TEST_F(LogReaderTest, GivesAnEventThatArrivesLate) {
  client_.Answer(R"({"events":[)" + Event("2", 20000) + "]}");
  client_.Answer(R"({"events":[)" + Event("1", 15000) + "," + Event("2", 20000) + "]}");
  EXPECT_THAT(Next(), ElementsAre("m2"));
  EXPECT_THAT(Next(), ElementsAre("m1"));
}

TEST_F(LogReaderTest, GoesOverEmptyPages) {
  client_.Answer(R"({"events":[],"nextToken":"t"})");
  client_.Answer(R"({"events":[)" + Event("1", 5000) + "]}");
  EXPECT_THAT(Next(), ElementsAre("m1"));
  EXPECT_THAT(Next(), IsEmpty());
}

TEST_F(LogReaderTest, TellsAMissingGroupFromARefusedKey) {
  client_.Answer(R"({"__type":"ResourceNotFoundException","message":"The specified log group does not exist."})", 400);
  EXPECT_TRUE(absl::IsNotFound(reader_.Next().status()));
  client_.Answer(R"({"__type":"UnrecognizedClientException","message":"no"})", 403);
  EXPECT_TRUE(absl::IsPermissionDenied(reader_.Next().status()));
  client_.Answer("<html>", 502);
  EXPECT_TRUE(absl::IsInternal(reader_.Next().status()));
}

}  // namespace
}  // namespace hearth::cli
