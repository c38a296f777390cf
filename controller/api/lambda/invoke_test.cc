#include "controller/api/lambda/invoke.h"

#include "common/limits.h"
#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class InvokeTest : public LambdaTest {
 protected:
  void SetUp() override { CreateActive(); }

  ApiCall Invocation(std::string payload, std::initializer_list<std::pair<std::string, std::string>> headers = {}) {
    ApiCall call = Call();
    call.body = std::move(payload);
    for (const auto& [name, value] : headers) call.headers.Add(name, value);
    return call;
  }
};

TEST_F(InvokeTest, ReturnsWhatTheFunctionAnswered) {
  const Answer answer = Invoke(Invocation("{\"a\":1}"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.raw, "\"done\"");
  EXPECT_EQ(answer.headers.Find("x-amz-executed-version"), "$LATEST");
  EXPECT_EQ(answer.headers.Find("x-amz-function-error"), std::nullopt);
  EXPECT_EQ(invoker_.last->payload, "{\"a\":1}");
  EXPECT_EQ(invoker_.last->request_id, "request-1");
}

TEST_F(InvokeTest, MarksAFunctionError) {
  invoker_.answer = InvokeOutcome(Completed{true, "{}", "", "$LATEST"});
  EXPECT_EQ(Invoke(Invocation("{}")).headers.Find("X-Amz-Function-Error"), "Unhandled");
}

TEST_F(InvokeTest, PassesAnEmptyBodyAsAnEmptyObject) {
  Invoke(Invocation(""));
  EXPECT_EQ(invoker_.last->payload, "{}");
}

TEST_F(InvokeTest, ReturnsTheLogTailInBase64) {
  invoker_.answer = InvokeOutcome(Completed{false, "1", "START", "$LATEST"});
  const Answer answer = Invoke(Invocation("{}", {{"X-Amz-Log-Type", "Tail"}}));
  EXPECT_TRUE(invoker_.last->want_log_tail);
  EXPECT_EQ(answer.headers.Find("X-Amz-Log-Result"), Base64Encode("START"));
}

TEST_F(InvokeTest, RunsNothingOnADryRun) {
  const Answer answer = Invoke(Invocation("{}", {{"X-Amz-Invocation-Type", "DryRun"}}));
  EXPECT_EQ(answer.status, 204);
  EXPECT_FALSE(invoker_.last.has_value());
}

TEST_F(InvokeTest, AcceptsAnEvent) {
  const Answer answer = Invoke(Invocation("{\"a\":1}", {{"X-Amz-Invocation-Type", "Event"}}));
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.raw, "");
  EXPECT_FALSE(answer.headers.Find("X-Amz-Executed-Version").has_value());
  EXPECT_FALSE(invoker_.last.has_value());
  ASSERT_EQ(accepted_.size(), 1u);
  EXPECT_EQ(accepted_[0].request_id(), "request-1");
  EXPECT_EQ(accepted_[0].function_name(), "hello");
  EXPECT_EQ(accepted_[0].payload(), "{\"a\":1}");
}

TEST_F(InvokeTest, AcceptsAnEventOfTheOlderForm) {
  const Answer answer = InvokeAsync(Invocation("{\"a\":1}", {{"X-Amz-Invocation-Type", "DryRun"}}));
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.raw, R"({"Status":202})");
  ASSERT_EQ(accepted_.size(), 1u);
  EXPECT_EQ(accepted_[0].payload(), "{\"a\":1}");
  const std::string most = "\"" + std::string(InvokeApi::kMaxInvokeAsyncBytes - 2, 'x') + "\"";
  EXPECT_EQ(InvokeAsync(Invocation(most)).status, 202);
  EXPECT_EQ(InvokeAsync(Invocation(most + " ")).error, "InvalidRequestContentException");
  EXPECT_EQ(InvokeAsync(Invocation("not json")).error, "InvalidRequestContentException");
}

TEST_F(InvokeTest, AnEventThatIsNotKeptIsNotAcknowledged) {
  acceptance_ = absl::InternalError("the disk");
  EXPECT_EQ(Invoke(Invocation("{}", {{"X-Amz-Invocation-Type", "Event"}})).error, "ours");
  acceptance_ = absl::ResourceExhaustedError("too many");
  EXPECT_EQ(Invoke(Invocation("{}", {{"X-Amz-Invocation-Type", "Event"}})).status, 429);
}

TEST_F(InvokeTest, AnEventIsAMegabyteAtMost) {
  const std::string payload = "\"" + std::string(kMaxEventBytes, 'x') + "\"";
  const Answer answer = Invoke(Invocation(payload, {{"X-Amz-Invocation-Type", "Event"}}));
  EXPECT_EQ(answer.error, "RequestTooLargeException");
  EXPECT_EQ(answer.text, "1048578 byte payload is too large for the Event invocation type (limit 1048576 bytes)");
}

TEST_F(InvokeTest, RefusesAnUnknownInvocationType) {
  EXPECT_EQ(
      Invoke(Invocation("{}", {{"X-Amz-Invocation-Type", "Sync"}})).text,
      "1 validation error detected: Value 'Sync' at 'invocationType' failed to satisfy constraint: Member must satisfy "
      "enum value set: [Event, RequestResponse, DryRun]");
}

TEST_F(InvokeTest, HandsOnTheDecodedClientContext) {
  Invoke(Invocation("{}", {{"X-Amz-Client-Context", Base64Encode("{\"custom\":{}}")}}));
  EXPECT_EQ(invoker_.last->client_context, "{\"custom\":{}}");
}

// A JSON object that is so long in base64: a multiple of four.
std::string ClientContextOf(size_t base64_bytes) {
  const std::string frame = R"({"a":""})";
  return Base64Encode(R"({"a":")" + std::string(base64_bytes / 4 * 3 - frame.size(), 'x') + "\"}");
}

TEST_F(InvokeTest, TakesAClientContextUpToItsLimit) {
  const std::string longest = ClientContextOf(3580);
  ASSERT_EQ(longest.size(), 3580u);
  EXPECT_EQ(Invoke(Invocation("{}", {{"X-Amz-Client-Context", longest}})).status, 200);
  EXPECT_EQ(Base64Encode(invoker_.last->client_context), longest);
}

TEST_F(InvokeTest, RefusesAClientContextPastItsLimit) {
  const std::string too_long = ClientContextOf(3584);
  ASSERT_EQ(too_long.size(), 3584u);
  const Answer answer = Invoke(Invocation("{}", {{"X-Amz-Client-Context", too_long}}));
  EXPECT_EQ(answer.error, "InvalidRequestContentException");
  EXPECT_EQ(answer.text, "Client context must be no more than 3583 bytes when base64-encoded.");
}

TEST_F(InvokeTest, TakesNothingButAnObjectAsClientContext) {
  const std::string without_padding = "e30";
  for (const std::string& base64 : {Base64Encode("\"text\""), Base64Encode("1"), Base64Encode("null"),
                                    Base64Encode("[{}]"), Base64Encode("{"), Base64Encode(" "), without_padding}) {
    const Answer answer = Invoke(Invocation("{}", {{"X-Amz-Client-Context", base64}}));
    EXPECT_EQ(answer.text, "Client context must be a valid Base64-encoded JSON object.") << base64;
  }
  EXPECT_EQ(Invoke(Invocation("{}", {{"X-Amz-Client-Context", Base64Encode(" \n{} ")}})).status, 200);
}

TEST_F(InvokeTest, TellsAThrottledCallerWhenToComeBack) {
  invoker_.answer = InvokeOutcome(Throttled{"ConcurrentInvocationLimitExceeded", std::chrono::seconds(2)});
  const Answer answer = Invoke(Invocation("{}"));
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.headers.Find("Retry-After"), "2");
}

TEST_F(InvokeTest, RefusesAFunctionThatIsNotActive) {
  invoker_.answer = InvokeOutcome(NotInvocable{"Pending"});
  const Answer answer = Invoke(Invocation("{}"));
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(
      answer.text,
      "The operation cannot be performed at this time. The function is currently in the following state: Pending");
}

TEST_F(InvokeTest, ShowsAPlatformFailureWithoutItsDetail) {
  invoker_.answer = InvokeOutcome(PlatformFailure{"/var/lib/secret"});
  const Answer answer = Invoke(Invocation("{}"));
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.error, "ServiceException");
  EXPECT_EQ(answer.raw.find("secret"), std::string::npos);
}

TEST_F(InvokeTest, EchoesTheTraceHeaderInItsResponseForm) {
  const Answer answer = Invoke(Invocation("{}", {{"X-Amzn-Trace-Id", "Root=1-a-b;Parent=c;Sampled=1"}}));
  EXPECT_EQ(answer.headers.Find("X-Amzn-Trace-Id"), "root=1-a-b;sampled=1");
  EXPECT_EQ(invoker_.last->trace_header, "Root=1-a-b;Parent=c;Sampled=1");
}

TEST_F(InvokeTest, MakesATraceHeaderWhenTheCallerSentNone) {
  EXPECT_TRUE(std::string(*Invoke(Invocation("{}")).headers.Find("X-Amzn-Trace-Id")).starts_with("root=1-"));
  EXPECT_TRUE(invoker_.last->trace_header.starts_with("Root=1-"));
}

TEST_F(InvokeTest, TellsWhereAPayloadIsNoJson) {
  EXPECT_EQ(
      Invoke(Invocation("{\n  \"a\": \"\x87\"}")).text,
      "Could not parse request body into json: Could not parse payload into json: Invalid UTF-8 start byte 0x87\n at "
      "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 2, column: 10]");
  EXPECT_NE(Invoke(Invocation("hello")).text.find("Unrecognized token 'hello'"), std::string::npos);
  EXPECT_NE(Invoke(Invocation("{\"a\":")).text.find("Could not parse payload into json"), std::string::npos);
  EXPECT_NE(Invoke(Invocation("\x01")).text.find("((CTRL-CHAR, code 1))"), std::string::npos);
}

TEST_F(InvokeTest, SaysThatALoopIsStopped) {
  invoker_.answer = absl::AbortedError("hello was run 16 times in one chain of invocations");
  const Answer answer = Invoke(Call());
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.error, "RecursiveInvocationException");
  EXPECT_EQ(answer.body.Find("Message")->as_string(),
            "The invocation is stopped: hello was run 16 times in one chain of invocations and set itself off.");
  EXPECT_EQ(InvokeStream(Call()).error, "RecursiveInvocationException");
}

}  // namespace
}  // namespace hearth::controller
