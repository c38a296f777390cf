#include "controller/http/frontend.h"

#include <condition_variable>

#include "common/mutex.h"
#include "common/sigv4.h"
#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

const SigV4Credentials kKey{"AKIATEST", "secret", ""};

// Holds the answer until the test asks for it.
class AnswerBox {
 public:
  void Put(HttpResponse response) {
    MutexLock lock(mutex_);
    response_ = std::move(response);
    arrived_.notify_all();
  }
  HttpResponse Take() {
    MutexLock lock(mutex_);
    arrived_.wait_for(lock.native(), std::chrono::seconds(5), [this] { return response_.has_value(); });
    return response_.value();
  }

 private:
  Mutex mutex_;
  std::condition_variable arrived_;
  std::optional<HttpResponse> response_ GUARDED_BY(mutex_);
};

// Gathers what is written to a stream and puts it into the box at its end.
class BoxStream final : public HttpBodyStream {
 public:
  BoxStream(AnswerBox& box, HttpResponse head) : box_(box), response_(std::move(head)) {}
  void Write(std::string piece) override { response_.body += piece; }
  void Finish() override { box_.Put(std::move(response_)); }

 private:
  AnswerBox& box_;
  HttpResponse response_;
};

class BoxResponder final : public HttpResponder {
 public:
  explicit BoxResponder(AnswerBox& box) : box_(box) {}
  void Send(HttpResponse response) override { box_.Put(std::move(response)); }
  bool PeerGone() const override { return false; }
  std::unique_ptr<HttpBodyStream> StartBody(HttpResponse head, HttpBodyEvents) override {
    return std::make_unique<BoxStream>(box_, std::move(head));
  }

 private:
  AnswerBox& box_;
};

class EchoService final : public JsonRpcService {
 public:
  std::string_view target_prefix() const override { return "Echo_1"; }
  std::string_view signing_name() const override { return "echo"; }
  std::optional<AccessRequest> AccessOf(const ApiCall&, std::string_view operation, const Json&) const override {
    return AccessRequest{.action = "echo:" + std::string(operation), .resource = "*"};
  }
  absl::StatusOr<Json> Handle(const ApiCall&, std::string_view operation, const Json& input) override {
    if (operation == "Fail") return AwsError("ResourceNotFoundException", "nothing");
    return Json(Json::Object{{"operation", operation}, {"input", input}});
  }
};

class FrontendTest : public LambdaTest {
 protected:
  FrontendTest() { credentials_.Add({RootIdentity(kTestAccount, kKey.access_key_id), kKey.secret_access_key}); }

  HttpRequest Request(std::string method, std::string target, std::string body = "") const {
    HttpRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.headers.Add("Host", "localhost:9000");
    request.body = std::move(body);
    return request;
  }
  HttpRequest Signed(std::string method, std::string target, std::string body = "", std::string service = "lambda") {
    HttpRequest request = Request(std::move(method), std::move(target), std::move(body));
    const std::string date = FormatAmzDate(clock_.Wall());
    SignSigV4(request, kKey, {date.substr(0, 8), kTestRegion, std::move(service)}, date);
    return request;
  }
  HttpResponse Send(HttpRequest request) {
    AnswerBox box;
    frontend_.Handle(std::move(request), std::make_unique<BoxResponder>(box));
    return box.Take();
  }
  void CreateHello() { ASSERT_EQ(Send(Signed("POST", "/2015-03-31/functions", CreateBody().Dump())).status, 201); }

  Credentials credentials_;
  RequestVerifier verifier_{credentials_, nullptr, clock_, random_, kTestRegion, std::chrono::seconds(300)};
  Operations operations_{Offered(), invoke_api_, guard_, rates_};
  EchoService echo_;
  std::unique_ptr<Metrics> registry_ = Metrics::Create();
  ApiMetrics metrics_{*registry_, clock_};
  Frontend frontend_{{"", 2, 16,
                      [](std::string_view path) {
                        return path == "/.well-known/keys" ? std::optional<std::string>("{}") : std::nullopt;
                      }},
                     verifier_,
                     authorizer_,
                     links_,
                     [this](std::string_view hash) { return code_store_.Read(hash); },
                     operations_,
                     {&echo_},
                     {},
                     metrics_,
                     random_};
};

TEST_F(FrontendTest, RunsASignedOperation) {
  const HttpResponse response = Send(Signed("GET", "/2015-03-31/functions/"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"Functions":[]})");
  EXPECT_EQ(response.headers.Find("content-type"), "application/json");
  EXPECT_EQ(response.headers.Find("x-amzn-requestid")->size(), 36u);
}

TEST_F(FrontendTest, ShowsPublicDocumentsToAnyone) {
  const HttpResponse response = Send(Request("GET", "/.well-known/keys"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "{}");
  EXPECT_EQ(response.headers.Find("cache-control"), "public, max-age=300");
  EXPECT_EQ(Send(Request("HEAD", "/.well-known/keys")).body, "");
  EXPECT_EQ(Send(Request("POST", "/.well-known/keys")).status, 404);
  EXPECT_EQ(Send(Request("GET", "/.well-known/other")).status, 404);
}

TEST_F(FrontendTest, RefusesACallerWhoMayNot) {
  const Identity user = UserIdentity(kTestAccount, "ann");
  credentials_.Add({user, kKey.secret_access_key});
  HttpRequest request = Request("POST", "/2015-03-31/functions/hello/invocations", "{}");
  const std::string date = FormatAmzDate(clock_.Wall());
  const SigV4Credentials key{user.access_key_id, kKey.secret_access_key, ""};
  SignSigV4(request, key, {date.substr(0, 8), kTestRegion, "lambda"}, date);
  const HttpResponse response = Send(std::move(request));
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.headers.Find("x-amzn-ErrorType"), "AccessDeniedException");
  EXPECT_NE(response.body.find("no identity-based policy allows the lambda:InvokeFunction action"), std::string::npos);

  HttpRequest rpc = Request("POST", "/", "{}");
  rpc.headers.Add("X-Amz-Target", "Echo_1.Say");
  SignSigV4(rpc, key, {date.substr(0, 8), kTestRegion, "echo"}, date);
  const HttpResponse refused = Send(std::move(rpc));
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.headers.Find("x-amzn-ErrorType"), "AccessDeniedException");
}

TEST_F(FrontendTest, InvokesWithTheRequestIdOfTheAnswer) {
  CreateHello();
  const HttpResponse response = Send(Signed("POST", "/2015-03-31/functions/hello/invocations", "{}"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "\"done\"");
  EXPECT_EQ(response.headers.Find("x-amzn-RequestId"), invoker_.last->request_id);
}

TEST_F(FrontendTest, InvokesWithALargePayload) {
  CreateHello();
  const std::string payload = "\"" + std::string(2 * Frontend::kInlineBodyBytes, 'x') + "\"";
  EXPECT_EQ(Send(Signed("POST", "/2015-03-31/functions/hello/invocations", payload)).status, 200);
  EXPECT_EQ(invoker_.last->payload, payload);
}

TEST_F(FrontendTest, StreamsTheAnswerOfAnInvocation) {
  CreateHello();
  const HttpResponse response =
      Send(Signed("POST", "/2021-11-15/functions/hello/response-streaming-invocations", "{}"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.Find("Content-Type"), "application/vnd.amazon.eventstream");
  EXPECT_EQ(response.headers.Find("x-amzn-RequestId"), invoker_.last->request_id);
  EXPECT_NE(response.body.find("\"done\""), std::string::npos);
  EXPECT_NE(response.body.find("InvokeComplete"), std::string::npos);
  EXPECT_EQ(Send(Signed("POST", "/2021-11-15/functions/none/response-streaming-invocations", "{}")).status, 404);
}

TEST_F(FrontendTest, RefusesNewRequestsWhileTheControllerStops) {
  EXPECT_EQ(frontend_.unanswered(), 0);
  frontend_.StopAccepting();
  const HttpResponse response = Send(Signed("GET", "/2015-03-31/functions/"));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.headers.Find("x-amzn-ErrorType"), "ServiceException");
  EXPECT_EQ(frontend_.unanswered(), 0);
}

TEST_F(FrontendTest, RefusesInTheFormOfTheRequestsProtocol) {
  HttpRequest query = Request("POST", "/", "Action=SendMessage&Version=2012-11-05");
  query.headers.Add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  HttpRequest rpc = Request("POST", "/", "{}");
  rpc.headers.Add("X-Amz-Target", "Echo_1.Say");
  frontend_.StopAccepting();
  const HttpResponse of_query = Send(query), of_rpc = Send(rpc);
  EXPECT_EQ(of_query.status, 503);
  EXPECT_EQ(of_query.headers.Find("Content-Type"), "text/xml");
  EXPECT_NE(of_query.body.find("<Code>ServiceUnavailable</Code>"), std::string::npos) << of_query.body;
  EXPECT_EQ(of_rpc.status, 503);
  EXPECT_EQ(Text(*Json::Parse(of_rpc.body), "__type"), "ServiceUnavailableException");
}

TEST_F(FrontendTest, ThrottlesInTheFormOfTheRequestsProtocol) {
  Frontend full(
      {"", 1, /*no room for requests that wait*/ 0, nullptr}, verifier_, authorizer_, links_,
      [this](std::string_view hash) { return code_store_.Read(hash); }, operations_, {&echo_}, {}, metrics_, random_);
  const auto send = [&full](HttpRequest request) {
    AnswerBox box;
    full.Handle(std::move(request), std::make_unique<BoxResponder>(box));
    return box.Take();
  };
  HttpRequest rpc = Request("POST", "/", "{}");
  rpc.headers.Add("X-Amz-Target", "Echo_1.Say");
  EXPECT_EQ(Text(*Json::Parse(send(rpc).body), "__type"), "TooManyRequestsException");
  const HttpResponse rest = send(Signed("GET", "/2015-03-31/functions/"));
  EXPECT_EQ(rest.status, 429);
  EXPECT_EQ(rest.headers.Find("x-amzn-ErrorType"), "TooManyRequestsException");
  EXPECT_EQ(rest.headers.Find("Retry-After"), "1");
}

TEST_F(FrontendTest, RefusesAnUnsignedRequest) {
  const HttpResponse response = Send(Request("GET", "/2015-03-31/functions"));
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.headers.Find("x-amzn-ErrorType"), "MissingAuthenticationTokenException");
}

TEST_F(FrontendTest, DoesNotKnowOtherPaths) {
  const HttpResponse response = Send(Request("GET", "/index.html"));
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers.Find("x-amzn-ErrorType"), "UnknownOperationException");
  EXPECT_TRUE(Json::Parse(response.body).ok());
}

TEST_F(FrontendTest, NoticesAMethodThatWasChangedOnTheWay) {
  HttpRequest request = Signed("POST", "/2015-03-31/functions/hello/invocations", "{}");
  request.method = "PUT";
  EXPECT_EQ(Send(std::move(request)).headers.Find("x-amzn-ErrorType"), "InvalidSignatureException");
  EXPECT_EQ(Send(Signed("PUT", "/2015-03-31/functions/hello/invocations", "{}")).status, 404);
}

TEST_F(FrontendTest, RefusesAClientOfTheQueryProtocolInXml) {
  HttpRequest request = Request("POST", "/", "Action=ListQueues");
  request.headers.Add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  const HttpResponse response = Send(std::move(request));
  EXPECT_EQ(response.status, 404);
  EXPECT_TRUE(response.body.starts_with("<ErrorResponse>"));
}

TEST_F(FrontendTest, RefusesByNameWhatItDoesNotCarryOut) {
  const HttpResponse response = Send(Signed("POST", "/2021-10-31/functions/hello/url", "{}"));
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.headers.Find("x-amzn-ErrorType"), "UnsupportedOperationException");
  EXPECT_NE(response.body.find("CreateFunctionUrlConfig"), std::string::npos);
}

TEST_F(FrontendTest, NamesTheLimitOfAnOversizedBody) {
  HttpRequest request = Request("POST", "/2015-03-31/functions/hello/invocations");
  request.body_oversized = true;
  HttpResponse response = Send(std::move(request));
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(response.headers.Find("x-amzn-ErrorType"), "RequestTooLargeException");
  EXPECT_EQ(response.body,
            R"({"message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"})");
  request = Request("POST", "/2015-03-31/functions");
  request.body_oversized = true;
  response = Send(std::move(request));
  EXPECT_EQ(response.headers.Find("x-amzn-ErrorType"), "RequestEntityTooLargeException");
  EXPECT_EQ(response.body,
            R"({"message":"Request must be smaller than 70167211 bytes for the CreateFunction operation"})");
}

TEST_F(FrontendTest, ServesThePackageBehindItsLink) {
  CreateHello();
  const HttpResponse shown = Send(Signed("GET", "/2015-03-31/functions/hello"));
  const std::string location = Json::Parse(shown.body)->Find("Code")->Find("Location")->as_string();
  const HttpResponse response = Send(Request("GET", location.substr(std::string("http://localhost:9000").size())));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "PK zip one");
  EXPECT_EQ(response.headers.Find("Content-Type"), "application/zip");
}

TEST_F(FrontendTest, RefusesALinkThatWasChanged) {
  EXPECT_EQ(Send(Request("GET", "/_hearth/code/" + std::string(64, 'a'))).status, 403);
}

TEST_F(FrontendTest, HandsAJsonRpcCallToItsService) {
  HttpRequest request = Request("POST", "/", "{\"a\":1}");
  request.headers.Add("X-Amz-Target", "Echo_1.Say");
  const std::string date = FormatAmzDate(clock_.Wall());
  SignSigV4(request, kKey, {date.substr(0, 8), kTestRegion, "echo"}, date);
  const HttpResponse response = Send(std::move(request));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"operation":"Say","input":{"a":1}})");
  EXPECT_EQ(response.headers.Find("Content-Type"), "application/x-amz-json-1.1");
}

TEST_F(FrontendTest, TakesABatchOfLogEventsThatGrewInJson) {
  HttpRequest head = Request("POST", "/");
  head.headers.Add("X-Amz-Target", "Logs_20140328.PutLogEvents");
  EXPECT_EQ(frontend_.ServerOptions(1).max_body_bytes(head), size_t{4} << 20);
}

TEST_F(FrontendTest, RendersJsonRpcErrorsByTheirType) {
  HttpRequest request = Request("POST", "/", "{}");
  request.headers.Add("X-Amz-Target", "Echo_1.Fail");
  EXPECT_NE(Send(request).body.find("MissingAuthenticationTokenException"), std::string::npos);
  request.headers.fields.back().second = "Nobody_1.Say";
  EXPECT_NE(Send(request).body.find("UnknownOperationException"), std::string::npos);
}

TEST_F(FrontendTest, CountsInvocationsByOutcome) {
  CreateHello();
  Send(Signed("POST", "/2015-03-31/functions/hello/invocations", "{}"));
  Send(Signed("POST", "/2015-03-31/functions/hello/invocations", "nonsense"));
  const std::string text = registry_->Render();
  EXPECT_NE(text.find("hearth_invocations_total{outcome=\"success\"} 1"), std::string::npos) << text;
  EXPECT_NE(text.find("hearth_invocations_total{outcome=\"rejected\"} 1"), std::string::npos);
}

TEST_F(FrontendTest, RendersTheServersOwnErrorsLikeAws) {
  const HttpResponse response = frontend_.ServerOptions(1).render_error(431, "header too large");
  EXPECT_EQ(response.status, 431);
  EXPECT_TRUE(response.headers.Find("x-amzn-ErrorType").has_value());
  EXPECT_TRUE(Json::Parse(response.body).ok());
}

TEST_F(FrontendTest, LimitsTheHeadOfARequestInBytesAndTime) {
  const HttpServerOptions options = frontend_.ServerOptions(1);
  EXPECT_EQ(options.max_head_bytes, size_t{1} << 20);
  EXPECT_EQ(options.head_timeout, std::chrono::seconds(10));
}

TEST_F(FrontendTest, LimitsBodiesBeforeTheyAreRead) {
  const HttpServerOptions options = frontend_.ServerOptions(1);
  EXPECT_EQ(options.max_body_bytes(Request("POST", "/2015-03-31/functions/hello/invocations?Qualifier=1")), 6291456u);
  EXPECT_LT(options.max_body_bytes(Request("POST", "/nothing")), 100000u);
}

}  // namespace
}  // namespace hearth::controller
