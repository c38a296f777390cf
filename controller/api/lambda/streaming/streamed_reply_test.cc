#include "controller/api/lambda/streaming/streamed_reply.h"

#include "controller/api/lambda/lambda_test_support.h"
#include "controller/api/lambda/streaming/event_stream.h"

namespace hearth::controller {
namespace {

class CountedFlow final : public ResponseFlow {
 public:
  void Taken(int64_t bytes) override { taken += bytes; }
  void Discard() override { discarded = true; }
  int64_t taken = 0;
  bool discarded = false;
};

std::string Chunk(std::string_view payload) {
  return EventStreamMessage("PayloadChunk", "application/octet-stream", payload);
}

std::string Complete(std::string_view json) { return EventStreamMessage("InvokeComplete", "application/json", json); }

class StreamedReplyTest : public LambdaTest {
 protected:
  void SetUp() override { CreateActive(); }

  ApiCall Invocation(std::initializer_list<std::pair<std::string, std::string>> headers = {}) {
    ApiCall call = Call();
    for (const auto& [name, value] : headers) call.headers.Add(name, value);
    return call;
  }
  void Stream(std::initializer_list<std::string> pieces) {
    invoker_.while_running = [this, pieces = std::vector<std::string>(pieces)](const InvokeRequest& request) {
      request.response->OnVersion("7");
      request.response->OnBegin("text/plain", flow_);
      for (const std::string& piece : pieces) request.response->OnPiece(piece);
    };
    Completed completed;
    completed.streamed = true;
    invoker_.answer = InvokeOutcome(std::move(completed));
  }

  const std::shared_ptr<CountedFlow> flow_ = std::make_shared<CountedFlow>();
};

TEST_F(StreamedReplyTest, WritesPiecesAsTheyComeAndOneInvokeComplete) {
  Stream({"one", "two"});
  InvokeStream(Invocation());
  EXPECT_EQ(stream_->head.status, 200);
  EXPECT_EQ(stream_->head.headers.Find("Content-Type"), "application/vnd.amazon.eventstream");
  EXPECT_EQ(stream_->head.headers.Find("X-Amz-Executed-Version"), "7");
  EXPECT_EQ(stream_->text, Chunk("one") + Chunk("two") + Complete("{}"));
  EXPECT_TRUE(stream_->finished);
}

TEST_F(StreamedReplyTest, ABufferedAnswerIsOneChunk) {
  InvokeStream(Invocation());
  EXPECT_EQ(stream_->head.headers.Find("X-Amz-Executed-Version"), "$LATEST");
  EXPECT_EQ(stream_->text, Chunk("\"done\"") + Complete("{}"));
}

TEST_F(StreamedReplyTest, AnErrorOfABufferedFunctionIsAChunkAndItsDetails) {
  Completed completed{true, "{\"a\":1}", "", "$LATEST"};
  completed.error_code = "Function.Broken";
  invoker_.answer = InvokeOutcome(completed);
  InvokeStream(Invocation());
  EXPECT_EQ(stream_->text,
            Chunk("{\"a\":1}") + Complete(R"({"ErrorCode":"Function.Broken","ErrorDetails":"{\"a\":1}"})"));
}

TEST_F(StreamedReplyTest, AnErrorMidwayIsInInvokeCompleteAlone) {
  Stream({"half"});
  Completed completed{true, "{}", "", "7", /*streamed=*/true, "RangeError"};
  invoker_.answer = InvokeOutcome(completed);
  InvokeStream(Invocation());
  EXPECT_EQ(stream_->text, Chunk("half") + Complete(R"({"ErrorCode":"RangeError","ErrorDetails":"{}"})"));
}

TEST_F(StreamedReplyTest, TheLogTailIsInInvokeComplete) {
  invoker_.answer = InvokeOutcome(Completed{false, "1", "START", "$LATEST"});
  InvokeStream(Invocation({{"X-Amz-Log-Type", "Tail"}}));
  EXPECT_TRUE(invoker_.last->want_log_tail);
  EXPECT_EQ(stream_->text, Chunk("1") + Complete("{\"LogResult\":\"" + Base64Encode("START") + "\"}"));
}

TEST_F(StreamedReplyTest, WhatTheSocketTookGoesBackAsCredit) {
  Stream({"12345", "678"});
  InvokeStream(Invocation());
  stream_->events.on_drained();
  EXPECT_EQ(flow_->taken, 8);
  stream_->events.on_drained();
  EXPECT_EQ(flow_->taken, 8);
}

TEST_F(StreamedReplyTest, AClientThatLeftIsSaidToTheFunctionsWorker) {
  Stream({"1"});
  InvokeStream(Invocation());
  stream_->events.on_gone();
  EXPECT_TRUE(flow_->discarded);
}

TEST_F(StreamedReplyTest, WhatFailsBeforeTheFirstByteIsAnOrdinaryError) {
  invoker_.answer = InvokeOutcome(Throttled{"ConcurrentInvocationLimitExceeded"});
  EXPECT_EQ(InvokeStream(Invocation()).status, 429);
  EXPECT_EQ(stream_, nullptr);
  invoker_.answer = absl::NotFoundError("f");
  EXPECT_EQ(InvokeStream(Invocation()).error, "ResourceNotFoundException");
}

TEST_F(StreamedReplyTest, AWorkerThatIsLostMidwayEndsTheStreamWithAnError) {
  Stream({"half"});
  invoker_.answer = InvokeOutcome(PlatformFailure{"lost"});
  InvokeStream(Invocation());
  EXPECT_NE(stream_->text.find(R"("ErrorCode":"Sandbox.Failure")"), std::string::npos);
  EXPECT_TRUE(stream_->finished);
}

TEST_F(StreamedReplyTest, ADryRunRunsNothingAndAnEventIsRefused) {
  EXPECT_EQ(InvokeStream(Invocation({{"X-Amz-Invocation-Type", "DryRun"}})).status, 204);
  EXPECT_FALSE(invoker_.last.has_value());
  const Answer refused = InvokeStream(Invocation({{"X-Amz-Invocation-Type", "Event"}}));
  EXPECT_EQ(refused.error, "ValidationException");
  EXPECT_NE(refused.text.find("[RequestResponse, DryRun]"), std::string::npos);
}

}  // namespace
}  // namespace hearth::controller
