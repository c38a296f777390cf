#include "common/io/http_client.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "common/io/http_server.h"

namespace hearth {
namespace {

class HttpClientTest : public testing::Test {
 protected:
  HttpClientTest() {
    // A proxy that would answer nothing: loopback must not go through it.
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    server_ = HttpServer::Start({}, [this](HttpRequest request, std::unique_ptr<HttpResponder> responder) {
      if (request.target == "/silent") {
        parked_.push_back(std::move(responder));
        return;
      }
      HttpResponse response{.status = request.target == "/missing" ? 404 : 200, .headers = {}, .body = {}};
      for (const auto& [name, value] : request.headers.fields) response.headers.Add("Echo-" + name, value);
      response.body = request.method + " " + request.target + " " + request.body;
      responder->Send(std::move(response));
    });
    url_ = "http://" + server_->Listen("127.0.0.1:0").value();
  }

  absl::StatusOr<HttpResponse> Send(HttpClientRequest request) { return client_->Send(request); }

  std::vector<std::unique_ptr<HttpResponder>> parked_;  // on the I/O thread only
  std::unique_ptr<HttpServer> server_;
  std::string url_;
  std::unique_ptr<HttpClient> client_ = HttpClient::Create();
};

TEST_F(HttpClientTest, SendsMethodPathHeadersAndBodyAsTheyAre) {
  HttpClientRequest request;
  request.method = "PUT";
  request.url = url_ + "/a/../b%2Fc?x=1";
  request.headers.Add("X-One", "1");
  request.headers.Add("X-Empty", "");
  request.body = std::string("a\0b", 3);
  const absl::StatusOr<HttpResponse> response = Send(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->body, "PUT /a/../b%2Fc?x=1 " + request.body);
  EXPECT_EQ(response->headers.Find("echo-x-one"), "1");
  EXPECT_EQ(response->headers.Find("echo-x-empty"), "");
  EXPECT_EQ(response->headers.Find("echo-content-type"), std::nullopt);
  EXPECT_EQ(response->headers.Find("echo-expect"), std::nullopt);
}

TEST_F(HttpClientTest, AnErrorStatusIsAnAnswer) { EXPECT_EQ(Send({.url = url_ + "/missing"})->status, 404); }

TEST_F(HttpClientTest, HeadHasNoBody) {
  const absl::StatusOr<HttpResponse> response = Send({.method = "HEAD", .url = url_ + "/"});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->body, "");
  EXPECT_EQ(response->headers.Find("content-length"), "7");
}

TEST_F(HttpClientTest, OneClientSendsManyRequests) {
  for (const char* method : {"GET", "POST", "HEAD", "DELETE", "PUT", "GET"}) {
    const absl::StatusOr<HttpResponse> response = Send({.method = method, .url = url_ + "/"});
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->body, std::string(method) == "HEAD" ? "" : std::string(method) + " / ");
  }
}

TEST_F(HttpClientTest, SpeaksThroughAUnixSocket) {
  const std::string path = "/tmp/http_client_test." + std::to_string(getpid());
  ASSERT_TRUE(server_->Listen("unix:" + path).ok());
  const absl::StatusOr<HttpResponse> response = Send({.url = "http://admin/x", .unix_socket = path});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->headers.Find("echo-host"), "admin");
}

TEST_F(HttpClientTest, NobodyThereIsUnavailable) {
  EXPECT_TRUE(absl::IsUnavailable(Send({.url = "http://127.0.0.1:1/"}).status()));
}

TEST_F(HttpClientTest, NoAnswerInTimeIsDeadlineExceeded) {
  const absl::Status status = Send({.url = url_ + "/silent", .timeout = std::chrono::milliseconds(100)}).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
}

TEST_F(HttpClientTest, ATooLargeAnswerIsResourceExhausted) {
  HttpClientRequest request{
      .method = "POST", .url = url_ + "/", .body = std::string(5000, 'x'), .max_body_bytes = 5006};
  EXPECT_TRUE(absl::IsResourceExhausted(Send(request).status()));
  request.max_body_bytes = 5007;
  EXPECT_TRUE(Send(request).ok());
}

TEST_F(HttpClientTest, AUrlThatIsNoneIsInvalid) {
  EXPECT_TRUE(absl::IsInvalidArgument(Send({.url = "ftp://127.0.0.1/"}).status()));
}

}  // namespace
}  // namespace hearth
