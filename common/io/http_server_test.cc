#include "common/io/http_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>

#include "common/io/http_server_test_support.h"

namespace hearth {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string Get(const std::string& target, const std::string& headers = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}

std::string Post(const std::string& target, const std::string& body, const std::string& headers = "") {
  return "POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "\r\n" + body;
}

// Answers with method, target and body; "/later…" from another thread, "/drop" not at all.
class HttpServerTest : public testing::Test {
 protected:
  void Start(HttpServerOptions options = {}) {
    server_ =
        HttpServer::Start(std::move(options), [this](HttpRequest request, std::unique_ptr<HttpResponder> responder) {
          Handle(std::move(request), std::move(responder));
        });
    address_ = server_->Listen("127.0.0.1:0").value();
  }

  void Handle(HttpRequest request, std::unique_ptr<HttpResponder> responder) {
    ++handled_;
    if (request.target == "/drop") return;
    HttpResponse response{
        .status = 200, .headers = {}, .body = request.method + " " + request.target + " " + request.body};
    if (!request.target.starts_with("/later")) return responder->Send(std::move(response));
    threads_.emplace_back([responder = std::move(responder), response = std::move(response)]() mutable {
      std::this_thread::sleep_for(milliseconds(20));
      responder->Send(std::move(response));
    });
  }

  ~HttpServerTest() override {
    server_.reset();
    for (std::thread& thread : threads_) thread.join();
  }

  std::atomic<int> handled_{0};
  std::unique_ptr<HttpServer> server_;
  std::string address_;
  std::vector<std::thread> threads_;
};

TEST_F(HttpServerTest, AnswersAndKeepsTheConnection) {
  Start();
  RawClient client(address_);
  for (int i = 0; i < 3; ++i) {
    client.Send(Post("/x", "body"));
    EXPECT_EQ(BodyOf(client.ReceiveResponse()), "POST /x body");
  }
  EXPECT_FALSE(client.closed());
}

TEST_F(HttpServerTest, AnswersFromAnotherThread) {
  Start();
  RawClient client(address_);
  client.Send(Get("/later"));
  EXPECT_EQ(BodyOf(client.ReceiveResponse()), "GET /later ");
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  Start();
  RawClient client(address_);
  client.Send(Get("/later1") + Get("/2") + Post("/later3", "x") + Get("/4"));
  std::string bodies;
  for (int i = 0; i < 4; ++i) bodies += BodyOf(client.ReceiveResponse()) + ";";
  EXPECT_EQ(bodies, "GET /later1 ;GET /2 ;POST /later3 x;GET /4 ;");
}

TEST_F(HttpServerTest, ManyPipelinedRequestsAreAllAnswered) {
  Start();
  RawClient client(address_);
  constexpr int kRequests = 5000;
  std::thread sender([&] {
    for (int i = 0; i < kRequests; ++i) client.Send(Get("/" + std::to_string(i)));
  });
  for (int i = 0; i < kRequests; ++i) ASSERT_EQ(BodyOf(client.ReceiveResponse()), "GET /" + std::to_string(i) + " ");
  sender.join();
}

TEST_F(HttpServerTest, ConnectionCloseIsHonoured) {
  Start();
  RawClient client(address_);
  client.Send(Get("/x", "Connection: close\r\n"));
  const std::string response = client.ReceiveUntilClosed();
  EXPECT_NE(response.find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, AnOldClientIsAnsweredAndClosed) {
  Start();
  RawClient client(address_);
  client.Send("GET /x HTTP/1.0\r\n\r\n");
  EXPECT_EQ(BodyOf(client.ReceiveUntilClosed()), "GET /x ");
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, HeadHasALengthAndNoBody) {
  Start();
  RawClient client(address_);
  client.Send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n" + Get("/y"));
  const std::string head = client.ReceiveResponse(/*has_body=*/false);
  EXPECT_NE(head.find("\r\nContent-Length: 8\r\n"), std::string::npos) << head;
  EXPECT_EQ(BodyOf(client.ReceiveResponse()), "GET /y ");
}

TEST_F(HttpServerTest, ChunkedBodiesArriveWhole) {
  Start();
  RawClient client(address_);
  client.Send("POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab");
  std::this_thread::sleep_for(milliseconds(20));
  client.Send("c\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(BodyOf(client.ReceiveResponse()), "POST /c abcde");
}

TEST_F(HttpServerTest, ALargeBodyGoesBothWays) {
  Start();
  RawClient client(address_);
  std::string body(6 * 1024 * 1024, '\0');
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 2654435761u >> 24);
  std::thread sender([&] { client.Send(Post("/big", body)); });
  const std::string response = client.ReceiveResponse();
  sender.join();
  EXPECT_TRUE(BodyOf(response) == "POST /big " + body);
}

TEST_F(HttpServerTest, ContinuesWhenExpected) {
  Start();
  RawClient client(address_);
  client.Send("POST /e HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(client.ReceiveResponse(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("abc");
  EXPECT_EQ(BodyOf(client.ReceiveResponse()), "POST /e abc");
}

TEST_F(HttpServerTest, ATooLargeBodyIsRefusedBeforeItIsSent) {
  Start({.max_body_bytes = [](const HttpRequest&) { return size_t{100}; }});
  RawClient client(address_);
  client.Send("POST /e HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 101\r\n\r\n");
  EXPECT_EQ(StatusOf(client.ReceiveResponse()), 413);
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpServerTest, AClientThatSendsATooLargeBodyStillReadsTheRefusal) {
  Start(
      {.max_body_bytes = [](const HttpRequest& head) { return head.target == "/small" ? size_t{100} : size_t{1000}; }});
  RawClient client(address_);
  std::thread sender([&] { client.Send(Post("/small", std::string(3000000, 'x'))); });
  const std::string response = client.ReceiveUntilClosed();
  sender.join();
  EXPECT_EQ(StatusOf(response), 413);
}

TEST_F(HttpServerTest, AMalformedRequestIsRefusedAndClosed) {
  Start({.render_error = [](int status, std::string_view reason) {
    return HttpResponse{.status = status, .headers = {}, .body = std::string(reason)};
  }});
  RawClient client(address_);
  client.Send(Get("/ok") + "GET / HTTP/1.1\nHost: a\n\n" + Get("/never"));
  EXPECT_EQ(StatusOf(client.ReceiveResponse()), 200);
  const std::string response = client.ReceiveResponse();
  EXPECT_EQ(StatusOf(response), 400);
  EXPECT_EQ(BodyOf(response), "bare line feed");
  client.FinishSending();
  EXPECT_EQ(client.ReceiveUntilClosed(), "");
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(handled_, 1);
}

TEST_F(HttpServerTest, ADroppedResponderClosesTheConnection) {
  Start();
  RawClient client(address_);
  client.Send(Get("/drop"));
  EXPECT_EQ(client.ReceiveUntilClosed(), "");
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, AClientThatSendsNoMoreIsStillAnswered) {
  Start();
  RawClient client(address_);
  client.Send(Get("/later"));
  client.FinishSending();
  EXPECT_EQ(BodyOf(client.ReceiveUntilClosed()), "GET /later ");
}

TEST_F(HttpServerTest, RequestsNameTheirEnds) {
  std::promise<HttpRequest> seen;
  const auto server = HttpServer::Start({}, [&](HttpRequest request, std::unique_ptr<HttpResponder> responder) {
    seen.set_value(std::move(request));
    responder->Send({});
  });
  const std::string address = server->Listen("127.0.0.1:0").value();
  RawClient client(address);
  client.Send(Get("/"));
  const HttpRequest request = seen.get_future().get();
  EXPECT_EQ(request.local_address, address);
  EXPECT_TRUE(request.peer_address.starts_with("127.0.0.1:")) << request.peer_address;
  EXPECT_EQ(StatusOf(client.ReceiveResponse()), 200);
}

TEST_F(HttpServerTest, DateAndServerAreSaid) {
  Start({.server_name = "hearth"});
  RawClient client(address_);
  client.Send(Get("/"));
  const std::string response = client.ReceiveResponse();
  EXPECT_NE(response.find(" GMT\r\nServer: hearth\r\n"), std::string::npos) << response;
}

TEST_F(HttpServerTest, KnowsWhenThePeerHasGone) {
  std::promise<std::unique_ptr<HttpResponder>> parked;
  const auto server = HttpServer::Start(
      {}, [&](HttpRequest, std::unique_ptr<HttpResponder> responder) { parked.set_value(std::move(responder)); });
  RawClient client(server->Listen("127.0.0.1:0").value());
  client.Send(Get("/"));
  const std::unique_ptr<HttpResponder> responder = parked.get_future().get();
  EXPECT_FALSE(responder->PeerGone());
  client.Hangup();
  for (int i = 0; i < 500 && !responder->PeerGone(); ++i) std::this_thread::sleep_for(milliseconds(10));
  EXPECT_TRUE(responder->PeerGone());
  responder->Send({});
}

TEST_F(HttpServerTest, AResponderMayOutliveItsServer) {
  std::promise<std::unique_ptr<HttpResponder>> parked;
  auto server = HttpServer::Start(
      {}, [&](HttpRequest, std::unique_ptr<HttpResponder> responder) { parked.set_value(std::move(responder)); });
  RawClient client(server->Listen("127.0.0.1:0").value());
  client.Send(Get("/"));
  std::unique_ptr<HttpResponder> responder = parked.get_future().get();
  server.reset();
  EXPECT_TRUE(responder->PeerGone());
  responder->Send({});
  responder.reset();
  EXPECT_EQ(client.ReceiveUntilClosed(), "");
}

TEST_F(HttpServerTest, OneHandlerMayAnswerTheRequestOfAnotherConnection) {
  std::unique_ptr<HttpResponder> parked;  // on the I/O thread only
  auto server = HttpServer::Start({}, [&](HttpRequest request, std::unique_ptr<HttpResponder> responder) {
    if (request.target == "/next") {
      parked = std::move(responder);
      return;
    }
    parked->Send({.status = 200, .headers = {}, .body = request.body});
    responder->Send({.status = 202});
  });
  const std::string address = server->Listen("127.0.0.1:0").value();
  RawClient runtime(address);
  RawClient caller(address);
  for (int i = 0; i < 200; ++i) {
    runtime.Send(Get("/next"));
    std::this_thread::sleep_for(milliseconds(1));
    caller.Send(Post("/invoke", std::to_string(i)));
    ASSERT_EQ(BodyOf(runtime.ReceiveResponse()), std::to_string(i));
    ASSERT_EQ(StatusOf(caller.ReceiveResponse()), 202);
  }
  server.reset();
}

TEST_F(HttpServerTest, SpeaksOnAUnixSocketAndRemovesIt) {
  Start();
  const std::string path = "/tmp/http_server_test." + std::to_string(getpid());
  const std::string address = "unix:" + path;
  ASSERT_EQ(server_->Listen(address).value(), address);
  RawClient client(address);
  client.Send(Post("/u", "x"));
  EXPECT_EQ(BodyOf(client.ReceiveResponse()), "POST /u x");
  server_.reset();
  struct stat facts {};
  EXPECT_NE(stat(path.c_str(), &facts), 0);
}

TEST_F(HttpServerTest, ReplacesTheSocketOfADeadProcessButNotOfALivingOne) {
  Start();
  const std::string path = "/tmp/http_server_stale." + std::to_string(getpid());
  {
    sockaddr_un local{};
    local.sun_family = AF_UNIX;
    std::strncpy(local.sun_path, path.c_str(), sizeof(local.sun_path) - 1);
    const UniqueFd dead(socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_EQ(bind(dead.get(), reinterpret_cast<const sockaddr*>(&local), sizeof(local)), 0);
  }
  EXPECT_TRUE(server_->Listen("unix:" + path).ok());
  EXPECT_FALSE(server_->Listen("unix:" + path).ok());
}

TEST_F(HttpServerTest, AnAddressThatIsNoneIsRefused) {
  Start();
  for (const char* address :
       {"", "9000", "nowhere:9000", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:65536", "unix:", "[::1:80"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(server_->Listen(address).status())) << address;
  }
  EXPECT_FALSE(server_->Listen(address_).ok());
}

TEST_F(HttpServerTest, SeveralThreadsServeSideBySide) {
  Start({.threads = 3});
  std::vector<std::thread> clients;
  std::atomic<int> right{0};
  for (int c = 0; c < 8; ++c) {
    clients.emplace_back([&, c] {
      RawClient client(address_);
      for (int i = 0; i < 200; ++i) {
        const std::string body = std::to_string(c) + "." + std::to_string(i);
        client.Send(Post("/p", body));
        right += BodyOf(client.ReceiveResponse()) == "POST /p " + body;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(right, 1600);
}

TEST_F(HttpServerTest, AnAdoptedListenerHasItsOwnHandlerNoDateAndNoTimeout) {
  Start({.head_timeout = milliseconds(50), .idle_timeout = milliseconds(50)});
  UniqueFd listener(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<const sockaddr*>(&any), sizeof(any)), 0);
  ASSERT_EQ(listen(listener.get(), 10), 0);
  socklen_t size = sizeof(any);
  getsockname(listener.get(), reinterpret_cast<sockaddr*>(&any), &size);
  const std::string address = "127.0.0.1:" + std::to_string(ntohs(any.sin_port));
  const uint64_t id = server_
                          ->Adopt(std::move(listener),
                                  [](HttpRequest, std::unique_ptr<HttpResponder> responder) {
                                    responder->Send({.status = 200, .headers = {}, .body = "own"});
                                  })
                          .value();
  RawClient client(address);
  client.Send("GET /");  // frozen in the middle of its request
  std::this_thread::sleep_for(milliseconds(300));
  client.Send(" HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.ReceiveResponse(), "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nown");
  server_->Close(id);
  EXPECT_EQ(client.ReceiveUntilClosed(), "");
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(handled_, 0);
}

}  // namespace
}  // namespace hearth
