#include "worker/runtime_api/server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

#include "common/limits.h"
#include "worker/runtime_api/extensions/extension_registry.h"

namespace hearth::worker {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

// A runtime's end of one kept connection: raw bytes, so that nothing smooths over what the server does.
class Connection {
 public:
  explicit Connection(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    const timeval limit = {5, 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }

  void Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      ASSERT_GT(sent, 0);
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }
  // One response with Content-Length, head and body; empty when the connection closed.
  std::string Receive() {
    while (true) {
      const size_t end = buffer_.find("\r\n\r\n");
      const size_t length = buffer_.find("Content-Length: ");
      if (end != std::string::npos && length < end) {
        const size_t whole = end + 4 + std::stoul(buffer_.substr(length + 16));
        if (buffer_.size() >= whole) {
          std::string response = buffer_.substr(0, whole);
          buffer_.erase(0, whole);
          return response;
        }
      }
      char chunk[4096];
      const ssize_t got = recv(fd_.get(), chunk, sizeof(chunk), 0);
      if (got <= 0) return "";
      buffer_.append(chunk, static_cast<size_t>(got));
    }
  }
  std::string Ask(std::string_view request) {
    Send(request);
    return Receive();
  }

 private:
  UniqueFd fd_;
  std::string buffer_;
};

class RuntimeApiServerTest : public testing::Test, protected RuntimeEvents {
 protected:
  RuntimeApiServerTest() {
    listener_ = UniqueFd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_.get(), 16), 0);
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    OnLoop([this] { id_ = api_->Open(listener_.get(), slot_).value(); });
  }
  ~RuntimeApiServerTest() override {
    OnLoop([this] { api_.reset(); });
    server_.reset();
  }

  void OnRuntimeReady() override { ready_.set_value(); }
  void OnRuntimeAnswer(RuntimeAnswer answer) override { answer_.set_value(std::move(answer)); }
  void OnInitError(RuntimeAnswer answer) override { answer_.set_value(std::move(answer)); }
  void OnResponseBegin(std::string content_type) override { begin_.set_value(std::move(content_type)); }
  void OnResponsePiece(std::string piece) override { piece_.set_value(std::move(piece)); }

  void OnLoop(const std::function<void()>& task) {
    std::promise<void> done;
    server_->Post([&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }
  // Asks for the event and gets it.
  void Start(Connection& runtime, const std::string& id, int64_t window_bytes = 0) {
    runtime.Send("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n");
    ready_.get_future().wait();
    OnLoop([&] {
      InvocationEvent event;
      event.request_id = id;
      event.response_window_bytes = window_bytes;
      event.payload = "{\"n\":1}";
      slot_.Deliver(std::move(event));
    });
    EXPECT_THAT(runtime.Receive(), testing::EndsWith("\r\n\r\n{\"n\":1}"));
  }

  RealClock clock_;
  std::promise<void> ready_;
  std::promise<RuntimeAnswer> answer_;
  std::promise<std::string> begin_, piece_;
  std::unique_ptr<HttpServer> server_ =
      HttpServer::Start(RuntimeApiServerOptions(), [](HttpRequest, std::unique_ptr<HttpResponder>) {});
  std::unique_ptr<RuntimeApi> api_ = MakeRuntimeApi(*server_, clock_);
  InvocationSlot slot_{*this};
  UniqueFd listener_;
  uint16_t port_ = 0;
  uint64_t id_ = 0;
};

TEST_F(RuntimeApiServerTest, ServesOneInvocationOverOneConnection) {
  Connection runtime(port_);
  Start(runtime, "id-1");
  EXPECT_THAT(runtime.Ask("POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\nHost: x\r\n"
                          "Content-Length: 4\r\n\r\ntrue"),
              testing::AllOf(StartsWith("HTTP/1.1 202"), HasSubstr("{\"status\":\"OK\"}")));
  EXPECT_EQ(answer_.get_future().get().body, "true");
}

TEST_F(RuntimeApiServerTest, TakesAChunkedResponseWithTrailers) {
  Connection runtime(port_);
  Start(runtime, "id-1");
  runtime.Ask(
      "POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
      "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n"
      "2\r\n\"o\r\n2\r\nk\"\r\n0\r\n\r\n");
  const RuntimeAnswer answer = answer_.get_future().get();
  EXPECT_EQ(answer.body, "\"ok\"");
  EXPECT_FALSE(answer.is_error);
}

constexpr char kStreamedHead[] =
    "POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    "Content-Type: text/plain\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n\r\n";

TEST_F(RuntimeApiServerTest, PassesAStreamedResponseOnBeforeItEnds) {
  Connection runtime(port_);
  Start(runtime, "id-1", /*window_bytes=*/1000);
  runtime.Send(std::string(kStreamedHead) + "4\r\nhalf\r\n");
  EXPECT_EQ(begin_.get_future().get(), "text/plain");
  EXPECT_EQ(piece_.get_future().get(), "half");
  EXPECT_THAT(runtime.Ask("0\r\nLambda-Runtime-Function-Error-Type: Broken\r\n\r\n"), StartsWith("HTTP/1.1 202"));
  const RuntimeAnswer answer = answer_.get_future().get();
  EXPECT_TRUE(answer.streamed);
  EXPECT_TRUE(answer.is_error);
  EXPECT_EQ(answer.error_code, "Broken");
  EXPECT_EQ(answer.error_type, "Function.Unknown");
}

TEST_F(RuntimeApiServerTest, KeepsAStreamedResponseWholeForACallerWhoWaitsForAllOfIt) {
  Connection runtime(port_);
  Start(runtime, "id-1");
  EXPECT_THAT(runtime.Ask(std::string(kStreamedHead) + "4\r\nhalf\r\n4\r\nmore\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 202"));
  const RuntimeAnswer answer = answer_.get_future().get();
  EXPECT_EQ(answer.body, "halfmore");
  EXPECT_FALSE(answer.streamed);
}

TEST_F(RuntimeApiServerTest, TruncatesAResponseWhoseConnectionBreaks) {
  {
    Connection runtime(port_);
    Start(runtime, "id-1", /*window_bytes=*/1000);
    runtime.Send(std::string(kStreamedHead) + "4\r\nhalf\r\n");
    piece_.get_future().wait();
  }
  EXPECT_EQ(answer_.get_future().get().error_type, "Runtime.TruncatedResponse");
}

TEST_F(RuntimeApiServerTest, RefusesAStreamForAnotherInvocation) {
  Connection runtime(port_);
  Start(runtime, "id-2");
  EXPECT_THAT(runtime.Ask(kStreamedHead), testing::AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("InvalidRequestID")));
}

TEST_F(RuntimeApiServerTest, AnswersATooLargeBodyAndKeepsTheConnection) {
  Connection runtime(port_);
  Start(runtime, "id-1");
  const size_t size = kMaxInvokeResponseBytes + 1;
  EXPECT_THAT(runtime.Ask("POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                          std::to_string(size) + "\r\n\r\n" + std::string(size, 'x')),
              StartsWith("HTTP/1.1 413"));
  EXPECT_TRUE(answer_.get_future().get().too_large);
  EXPECT_THAT(runtime.Ask("GET /2018-06-01/ping HTTP/1.1\r\nHost: x\r\n\r\n"), testing::EndsWith("pong"));
}

TEST_F(RuntimeApiServerTest, TakesABodyOfExactlyTheLimit) {
  Connection runtime(port_);
  Start(runtime, "id-1");
  EXPECT_THAT(
      runtime.Ask("POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                  std::to_string(kMaxInvokeResponseBytes) + "\r\n\r\n" + std::string(kMaxInvokeResponseBytes, 'x')),
      StartsWith("HTTP/1.1 202"));
}

TEST_F(RuntimeApiServerTest, HoldsNoMoreThanAFewUnfinishedBodiesOfOneSandbox) {
  const std::string head = "POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                           std::to_string(kMaxInvokeResponseBytes) + "\r\n\r\n";
  const std::string most(kMaxInvokeResponseBytes - 1, 'x');
  std::vector<std::unique_ptr<Connection>> hoarders;
  for (int i = 0; i < 3; ++i) {
    hoarders.push_back(std::make_unique<Connection>(port_));
    hoarders.back()->Send(head + most);
  }
  Connection one_too_many(port_);
  EXPECT_THAT(one_too_many.Ask(head + std::string(64 * 1024, 'x')), StartsWith("HTTP/1.1 503"));
}

TEST_F(RuntimeApiServerTest, KnowsNoOtherRoutes) {
  Connection runtime(port_);
  for (const char* line :
       {"GET /", "GET /2018-06-01/runtime/restore/next", "POST /2018-06-01/runtime/invocation/next",
        "GET /2018-06-01/runtime/invocation/id-1/response", "POST /2018-06-01/runtime/invocation/a/b/response",
        "POST /2018-06-01/runtime/invocation/response", "DELETE /2018-06-01/ping"}) {
    EXPECT_THAT(runtime.Ask(std::string(line) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"),
                testing::AllOf(StartsWith("HTTP/1.1 404"), HasSubstr("\"errorMessage\":")))
        << line;
  }
}

TEST_F(RuntimeApiServerTest, SaysThatItHasNoSubscriptions) {
  Connection extension(port_);
  EXPECT_THAT(extension.Ask("PUT /2022-07-01/telemetry HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"),
              testing::AllOf(StartsWith("HTTP/1.1 202"), HasSubstr("\"errorType\":\"Telemetry.NotSupported\"")));
  EXPECT_THAT(extension.Ask("PUT /2020-08-15/logs HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"),
              HasSubstr("\"errorType\":\"Logs.NotSupported\""));
}

TEST_F(RuntimeApiServerTest, LetsExtensionsRegister) {
  struct Quiet final : ExtensionEvents {
    void OnExtensionProgress() override {}
    void OnExtensionError(const std::string&, std::string, std::string) override {}
  } quiet;
  ExtensionRegistry registry({"e", "hello", "$LATEST", "a.b", "123456789012"}, quiet);
  OnLoop([&] { slot_.Attach(registry); });
  Connection extension(port_);
  EXPECT_THAT(extension.Ask("POST /2020-01-01/extension/register HTTP/1.1\r\nHost: x\r\n"
                            "Lambda-Extension-Name: inner\r\nContent-Length: 2\r\n\r\n{}"),
              testing::AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("\"functionName\":\"hello\"")));
  OnLoop([this] { api_->Close(id_); });
}

TEST_F(RuntimeApiServerTest, ReachesTheSlotNoMoreOnceClosed) {
  Connection runtime(port_);
  runtime.Ask("GET /2018-06-01/ping HTTP/1.1\r\nHost: x\r\n\r\n");
  OnLoop([this] { api_->Close(id_); });
  runtime.Send("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(runtime.Receive(), "");
  EXPECT_EQ(ready_.get_future().wait_for(0s), std::future_status::timeout);
}

TEST_F(RuntimeApiServerTest, SlowsDownARuntimeThatOnlyChatters) {
  Connection runtime(port_);
  const MonotonicTime start = clock_.Monotonic();
  for (int i = 0; i < 203; ++i) runtime.Ask("GET /2018-06-01/ping HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_GE(clock_.Monotonic() - start, 100ms);
}

}  // namespace
}  // namespace hearth::worker
