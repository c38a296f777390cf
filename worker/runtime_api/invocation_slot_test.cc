#include "worker/runtime_api/invocation_slot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/crypto.h"
#include "common/limits.h"

namespace hearth::worker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Reply = std::shared_ptr<std::optional<HttpResponse>>;

class Responder final : public HttpResponder {
 public:
  Responder(Reply reply, std::shared_ptr<bool> gone) : reply_(std::move(reply)), gone_(std::move(gone)) {}
  void Send(HttpResponse response) override { *reply_ = std::move(response); }
  bool PeerGone() const override { return *gone_; }

 private:
  Reply reply_;
  std::shared_ptr<bool> gone_;
};

class InvocationSlotTest : public testing::Test, protected RuntimeEvents {
 protected:
  void OnRuntimeReady() override { ++ready_; }
  void OnRuntimeAnswer(RuntimeAnswer answer) override { answers_.push_back(std::move(answer)); }
  void OnInitError(RuntimeAnswer answer) override { init_errors_.push_back(std::move(answer)); }

  void OnResponseBegin(std::string) override {}
  void OnResponsePiece(std::string) override {}

  Reply Next() {
    auto reply = std::make_shared<std::optional<HttpResponse>>();
    slot_.Next(std::make_unique<Responder>(reply, gone_));
    return reply;
  }
  HttpResponse Respond(std::string_view id, HttpRequest request) {
    auto reply = std::make_shared<std::optional<HttpResponse>>();
    slot_.Response(id, std::move(request), std::make_unique<Responder>(reply, gone_));
    return reply->value();
  }
  HttpResponse Respond(std::string_view id, std::string body) {
    HttpRequest request;
    request.body = std::move(body);
    return Respond(id, std::move(request));
  }
  HttpResponse Error(std::string_view id, std::string_view type = "") {
    HttpRequest request;
    request.body = "{}";
    if (!type.empty()) request.headers.Add("lambda-runtime-function-error-type", std::string(type));
    auto reply = std::make_shared<std::optional<HttpResponse>>();
    slot_.Error(id, std::move(request), std::make_unique<Responder>(reply, gone_));
    return reply->value();
  }
  HttpResponse InitError() {
    auto reply = std::make_shared<std::optional<HttpResponse>>();
    slot_.InitError({}, std::make_unique<Responder>(reply, gone_));
    return reply->value();
  }
  static InvocationEvent Event(std::string id = "id-1") {
    InvocationEvent event;
    event.request_id = std::move(id);
    event.payload = "{}";
    event.deadline_unix_ms = 1700000000123;
    event.function_arn = "arn:aws:lambda:us-east-1:0:function:f";
    return event;
  }

  std::shared_ptr<bool> gone_ = std::make_shared<bool>(false);
  int ready_ = 0;
  std::vector<RuntimeAnswer> answers_;
  std::vector<RuntimeAnswer> init_errors_;
  InvocationSlot slot_{*this};
};

TEST_F(InvocationSlotTest, ParksNextUntilThereIsAnEvent) {
  const Reply next = Next();
  EXPECT_EQ(ready_, 1);
  EXPECT_FALSE(next->has_value());
  slot_.Deliver(Event());
  ASSERT_TRUE(next->has_value());
  EXPECT_EQ((*next)->status, 200);
  EXPECT_EQ((*next)->body, "{}");
}

TEST_F(InvocationSlotTest, SendsTheHeadersOfTheEventAndNoEmptyOne) {
  const Reply next = Next();
  slot_.Deliver(Event());
  std::vector<std::string> names;
  for (const auto& [name, value] : (*next)->headers.fields) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("Content-Type", "Lambda-Runtime-Aws-Request-Id", "Lambda-Runtime-Deadline-Ms",
                                 "Lambda-Runtime-Invoked-Function-Arn"));
  EXPECT_EQ((*next)->headers.Find("Lambda-Runtime-Deadline-Ms"), "1700000000123");
}

TEST_F(InvocationSlotTest, KeepsACallersLineBreaksOutOfTheHeaders) {
  const Reply next = Next();
  InvocationEvent event = Event();
  event.client_context = "{\r\n\"a\":1}";
  event.trace_header = "Root=1-2-3\r\nX: y";
  slot_.Deliver(std::move(event));
  EXPECT_EQ((*next)->headers.Find("Lambda-Runtime-Client-Context"), "{  \"a\":1}");
  EXPECT_EQ((*next)->headers.Find("Lambda-Runtime-Trace-Id"), "Root=1-2-3  X: y");
}

TEST_F(InvocationSlotTest, TakesOneAnswerAndAsksForTheNext) {
  Next();
  slot_.Deliver(Event());
  const HttpResponse receipt = Respond("id-1", "\"ok\"");
  EXPECT_EQ(receipt.status, 202);
  EXPECT_EQ(receipt.body, "{\"status\":\"OK\"}\n");
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].body, "\"ok\"");
  EXPECT_FALSE(answers_[0].is_error);
  Next();
  EXPECT_EQ(ready_, 2);
}

TEST_F(InvocationSlotTest, GivesTheSameEventAgainWhileItRuns) {
  Next();
  slot_.Deliver(Event());
  const Reply again = Next();
  ASSERT_TRUE(again->has_value());
  EXPECT_EQ((*again)->headers.Find("Lambda-Runtime-Aws-Request-Id"), "id-1");
  EXPECT_EQ(ready_, 1);
}

TEST_F(InvocationSlotTest, RefusesASecondAnswer) {
  Next();
  slot_.Deliver(Event());
  Respond("id-1", "1");
  const HttpResponse refusal = Respond("id-1", "2");
  EXPECT_EQ(refusal.status, 403);
  EXPECT_EQ(refusal.body,
            "{\"errorMessage\":\"State transition from ResponseSent to InvocationResponse failed for runtime. Error: "
            "State transition is not allowed\",\"errorType\":\"InvalidStateTransition\"}\n");
  EXPECT_EQ(answers_.size(), 1u);
}

TEST_F(InvocationSlotTest, RefusesAnotherRequestsId) {
  Next();
  slot_.Deliver(Event());
  const HttpResponse refusal = Respond("id-2", "1");
  EXPECT_EQ(refusal.status, 400);
  EXPECT_EQ(refusal.body, "{\"errorMessage\":\"Invalid request ID\",\"errorType\":\"InvalidRequestID\"}\n");
}

TEST_F(InvocationSlotTest, RefusesAnAnswerBeforeAnyEvent) { EXPECT_EQ(Respond("", "1").status, 400); }

TEST_F(InvocationSlotTest, RefusesEverythingAfterAnInitError) {
  EXPECT_EQ(InitError().status, 202);
  ASSERT_EQ(init_errors_.size(), 1u);
  EXPECT_EQ(init_errors_[0].error_type, "Runtime.Unknown");
  const Reply next = Next();
  EXPECT_EQ((*next)->status, 403);
  EXPECT_THAT((*next)->body, HasSubstr("State transition from InitError to Ready failed"));
  EXPECT_EQ(InitError().status, 403);
}

TEST_F(InvocationSlotTest, RefusesAnInitErrorAfterInit) {
  Next();
  EXPECT_EQ(InitError().status, 403);
  EXPECT_TRUE(init_errors_.empty());
}

TEST_F(InvocationSlotTest, KeepsOnlyErrorTypesOfTheAgreedForm) {
  const std::pair<const char*, const char*> cases[] = {{"Function.MyError", "Function.MyError"},
                                                       {"Runtime.ExitError", "Runtime.ExitError"},
                                                       {"unhandled", "Function.Unknown"},
                                                       {"Function.lower", "Function.Unknown"},
                                                       {"Function.With\tTab", "Function.Unknown"},
                                                       {"Function.X", "Function.Unknown"},
                                                       {"", "Function.Unknown"}};
  for (const auto& [sent, kept] : cases) {
    slot_.Reset();
    Next();
    slot_.Deliver(Event());
    EXPECT_EQ(Error("id-1", sent).status, 202);
    EXPECT_EQ(answers_.back().error_type, kept) << sent;
  }
}

TEST_F(InvocationSlotTest, ReportsATooLargeResponseAndGoesOn) {
  Next();
  slot_.Deliver(Event());
  HttpRequest request;
  request.body_oversized = true;
  const HttpResponse refusal = Respond("id-1", std::move(request));
  EXPECT_EQ(refusal.status, 413);
  EXPECT_EQ(refusal.body,
            "{\"errorMessage\":\"Exceeded maximum allowed payload size (6291556 bytes).\","
            "\"errorType\":\"RequestEntityTooLarge\"}\n");
  EXPECT_TRUE(answers_.at(0).too_large);
  Next();
  EXPECT_EQ(ready_, 2);
}

TEST_F(InvocationSlotTest, TakesAStreamedResponseWhole) {
  Next();
  slot_.Deliver(Event());
  HttpRequest request;
  request.headers.Add("Lambda-Runtime-Function-Response-Mode", "streaming");
  request.body = "streamed";
  EXPECT_EQ(Respond("id-1", std::move(request)).status, 202);
  EXPECT_EQ(answers_.at(0).body, "streamed");
}

TEST_F(InvocationSlotTest, LetsAStreamsErrorTrailersReplaceIt) {
  Next();
  slot_.Deliver(Event());
  HttpRequest request;
  request.headers.Add("Lambda-Runtime-Function-Response-Mode", "streaming");
  request.body = "half";
  request.trailers.Add("Lambda-Runtime-Function-Error-Type", "Function.Broken");
  request.trailers.Add("Lambda-Runtime-Function-Error-Body", Base64Encode("{\"errorType\":\"Broken\"}"));
  Respond("id-1", std::move(request));
  EXPECT_TRUE(answers_.at(0).is_error);
  EXPECT_EQ(answers_.at(0).error_type, "Function.Broken");
  EXPECT_EQ(answers_.at(0).body, "{\"errorType\":\"Broken\"}");
}

TEST_F(InvocationSlotTest, RefusesAnotherResponseModeAndStaysRunning) {
  Next();
  slot_.Deliver(Event());
  HttpRequest request;
  request.headers.Add("Lambda-Runtime-Function-Response-Mode", "sideways");
  const HttpResponse refusal = Respond("id-1", std::move(request));
  EXPECT_EQ(refusal.status, 400);
  EXPECT_THAT(refusal.body, HasSubstr("\"errorType\":\"InvalidFunctionResponseMode\""));
  EXPECT_EQ(Respond("id-1", "1").status, 202);
}

TEST_F(InvocationSlotTest, KeepsTheEventForARuntimeWhoseConnectionBroke) {
  const Reply lost = Next();
  *gone_ = true;
  slot_.Deliver(Event());
  EXPECT_FALSE(lost->has_value());
  *gone_ = false;
  const Reply next = Next();
  ASSERT_TRUE(next->has_value());
  EXPECT_EQ(ready_, 1);
  EXPECT_EQ(Respond("id-1", "1").status, 202);
}

TEST_F(InvocationSlotTest, GivesTheEventToTheNewestOfSeveralAskers) {
  const Reply first = Next();
  const Reply second = Next();
  slot_.Deliver(Event());
  EXPECT_FALSE(first->has_value());
  EXPECT_TRUE(second->has_value());
}

TEST_F(InvocationSlotTest, DropsAContentTypeThatIsNotPrintable) {
  Next();
  slot_.Deliver(Event());
  HttpRequest request;
  request.headers.Add("Content-Type", "text/\xFFplain");
  Respond("id-1", std::move(request));
  EXPECT_EQ(answers_.at(0).content_type, "");
}

}  // namespace
}  // namespace hearth::worker
