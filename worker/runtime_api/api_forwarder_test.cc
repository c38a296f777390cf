#include "worker/runtime_api/api_forwarder.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace hearth::worker {
namespace {

class PromiseResponder final : public HttpResponder {
 public:
  explicit PromiseResponder(std::promise<HttpResponse>& promise) : promise_(promise) {}
  void Send(HttpResponse response) override { promise_.set_value(std::move(response)); }
  bool PeerGone() const override { return false; }

 private:
  std::promise<HttpResponse>& promise_;
};

class ApiForwarderTest : public testing::Test {
 protected:
  ApiForwarderTest() {
    server_ = HttpServer::Start({}, [this](HttpRequest request, std::unique_ptr<HttpResponder> responder) {
      seen_ = std::move(request);
      if (hold_) return held_.set_value(std::move(responder));
      HttpResponse response;
      response.status = 202;
      response.headers.Add("x-amzn-RequestId", "id-1");
      response.body = "answer";
      responder->Send(std::move(response));
    });
    url_ = "http://" + *server_->Listen("127.0.0.1:0");
  }

  HttpRequest Signed() const {
    HttpRequest request;
    request.method = "POST";
    request.target = "/2015-03-31/functions/a%3Ab/../invocations?Qualifier=x";
    request.headers.Add("Host", "127.0.0.1:9001");
    request.headers.Add("Authorization", "AWS4-HMAC-SHA256 Credential=x");
    request.headers.Add("Connection", "close");
    request.headers.Add("X-Amz-Empty", "");
    request.body = "payload";
    return request;
  }
  HttpResponse Send(ApiForwarder& forwarder, HttpRequest request) {
    std::promise<HttpResponse> promise;
    std::future<HttpResponse> answer = promise.get_future();
    forwarder.Forward(std::move(request), std::make_unique<PromiseResponder>(promise), of_sandbox_);
    return answer.get();
  }

  // Sends a request that is under way when this returns.
  std::future<HttpResponse> Begin(ApiForwarder& forwarder) {
    hold_ = true;
    std::future<HttpResponse> answer = first_.get_future();
    forwarder.Forward(Signed(), std::make_unique<PromiseResponder>(first_), of_sandbox_);
    waiting_ = held_.get_future().get();
    hold_ = false;
    return answer;
  }

  std::atomic<bool> hold_ = false;
  std::promise<std::unique_ptr<HttpResponder>> held_;
  std::unique_ptr<HttpResponder> waiting_;
  std::promise<HttpResponse> first_;
  const ForwardedCalls of_sandbox_ = std::make_shared<std::atomic<int>>(0);
  std::unique_ptr<HttpServer> server_;
  HttpRequest seen_;
  std::string url_;
};

TEST_F(ApiForwarderTest, CarriesARequestAsItWasSigned) {
  ApiForwarder forwarder({.url = url_});
  const HttpResponse response = Send(forwarder, Signed());
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(response.body, "answer");
  EXPECT_EQ(response.headers.Find("x-amzn-requestid"), "id-1");
  EXPECT_EQ(seen_.method, "POST");
  EXPECT_EQ(seen_.target, Signed().target);
  EXPECT_EQ(seen_.headers.Find("host"), "127.0.0.1:9001");
  EXPECT_EQ(seen_.headers.Find("x-amz-empty"), "");
  EXPECT_EQ(seen_.body, "payload");
}

TEST_F(ApiForwarderTest, AddsNothingThatTheFunctionDidNotSign) {
  ApiForwarder forwarder({.url = url_});
  Send(forwarder, Signed());
  EXPECT_FALSE(seen_.headers.Find("x-amz-security-token").has_value());
  EXPECT_FALSE(seen_.headers.Find("x-forwarded-for").has_value());
}

TEST_F(ApiForwarderTest, SaysNothingOfWhereTheControllerIs) {
  ApiForwarder forwarder({.url = "http://127.0.0.1:1"});
  const HttpResponse response = Send(forwarder, Signed());
  EXPECT_EQ(response.status, 502);
  EXPECT_EQ(response.body.find("127.0.0.1"), std::string::npos);
}

TEST_F(ApiForwarderTest, RefusesWhatIsTooLarge) {
  ApiForwarder forwarder({.url = url_});
  HttpRequest request = Signed();
  request.body_oversized = true;
  EXPECT_EQ(Send(forwarder, std::move(request)).status, 413);
}

TEST_F(ApiForwarderTest, ASandboxHasSoManyCallsUnderWayAndOthersTheirOwn) {
  ApiForwarder forwarder({.url = url_, .max_calls_per_sandbox = 1});
  std::future<HttpResponse> first = Begin(forwarder);
  EXPECT_EQ(Send(forwarder, Signed()).status, 503);
  std::promise<HttpResponse> promise;
  forwarder.Forward(Signed(), std::make_unique<PromiseResponder>(promise), std::make_shared<std::atomic<int>>(0));
  EXPECT_EQ(promise.get_future().get().status, 202);
  waiting_->Send({});
  EXPECT_EQ(first.get().status, 200);
}

TEST_F(ApiForwarderTest, BodiesTogetherHoldSoMuchMemoryAndNoMore) {
  ApiForwarder forwarder({.url = url_, .max_held_bytes = Signed().body.size() + 1});
  std::future<HttpResponse> first = Begin(forwarder);
  EXPECT_EQ(Send(forwarder, Signed()).status, 503);
  waiting_->Send({});
  EXPECT_EQ(first.get().status, 200);
  // The one before gives back what it held a moment after its answer.
  while (*of_sandbox_ > 0) std::this_thread::yield();
  EXPECT_EQ(Send(forwarder, Signed()).status, 202);
}

TEST(IsAwsRequestTest, KnowsBothForms) {
  HttpRequest request;
  request.target = "/?X-Amz-Algorithm=AWS4-HMAC-SHA256";
  EXPECT_TRUE(IsAwsRequest(request));
  request.target = "/";
  EXPECT_FALSE(IsAwsRequest(request));
  request.headers.Add("Authorization", "AWS4-HMAC-SHA256 Credential=x");
  EXPECT_TRUE(IsAwsRequest(request));
}

TEST(IsAwsRequestTest, KnowsWhatNeedsNoSignature) {
  HttpRequest request;
  request.method = "POST";
  request.target = "/";
  EXPECT_FALSE(IsAwsRequest(request));
  request.headers.Add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  EXPECT_TRUE(IsAwsRequest(request));
  request.target = "/2015-03-31/functions";
  EXPECT_FALSE(IsAwsRequest(request));
  request.method = "GET";
  EXPECT_FALSE(IsAwsRequest(request));
  request.target = "/.well-known/jwks.json";
  EXPECT_TRUE(IsAwsRequest(request));
}

}  // namespace
}  // namespace hearth::worker
