#include "worker/runtime_api/server.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <functional>
#include <map>
#include <string_view>
#include <utility>

#include "common/errors.h"
#include "common/limits.h"
#include "worker/runtime_api/extensions/extension_registry.h"

namespace hearth::worker {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kPrefix = "/2018-06-01/";
constexpr std::string_view kInvocationPrefix = "runtime/invocation/";
constexpr size_t kMaxConnectionsPerSandbox = 16;
constexpr size_t kMaxSmallBodyBytes = 4096;
constexpr uint64_t kFreeRequestsPerSecond = 200;
constexpr uint64_t kRequestsPerEvent = 4;  // next, response, and as many again for retries
constexpr milliseconds kChatterDelay{100};

bool TakesLargeBody(const HttpRequest& head) {
  const std::string_view path = head.path();
  return head.method == "POST" && (path.ends_with("/response") || path.ends_with("/error"));
}

// One sandbox's door. It outlives its listener: a request already on its way finds `slot` empty.
class Door : public std::enable_shared_from_this<Door> {
 public:
  Door(HttpServer& server, Clock& clock, InvocationSlot& slot, ApiForwarder* forwarder)
      : server_(server), clock_(clock), slot_(&slot), forwarder_(forwarder) {}

  void Close() { slot_ = nullptr; }

  void Handle(HttpRequest request, std::unique_ptr<HttpResponder> responder) {
    if (!Overactive()) return Route(std::move(request), std::move(responder));
    // std::function wants copies; the request and its responder are moved into one shared place.
    auto late = std::make_shared<std::pair<HttpRequest, std::unique_ptr<HttpResponder>>>(std::move(request),
                                                                                         std::move(responder));
    server_.PostAfter(kChatterDelay, [door = shared_from_this(), late] {
      door->Route(std::move(late->first), std::move(late->second));
    });
  }

 private:
  // Whether this second saw more requests than the delivered events explain.
  bool Overactive() {
    if (slot_ == nullptr) return false;
    const MonotonicTime now = clock_.Monotonic();
    if (now - window_start_ >= std::chrono::seconds(1)) {
      window_start_ = now;
      deliveries_at_start_ = slot_->deliveries();
      requests_ = 0;
    }
    const uint64_t extensions = slot_->extensions() == nullptr ? 0 : slot_->extensions()->size();
    const uint64_t per_event = kRequestsPerEvent + 2 * extensions;
    return ++requests_ > kFreeRequestsPerSecond + per_event * (slot_->deliveries() - deliveries_at_start_);
  }

  void Route(HttpRequest request, std::unique_ptr<HttpResponder> responder) {
    if (slot_ == nullptr) return;  // dropped unanswered: the connection closes
    std::string_view path = request.path();
    const bool get = request.method == "GET";
    const bool post = request.method == "POST";
    if (ExtensionRegistry::Serves(path) && slot_->extensions() != nullptr) {
      return slot_->extensions()->Handle(request, std::move(responder));
    }
    if (request.method == "PUT" && path == "/2022-07-01/telemetry") return NotSupported("Telemetry", *responder);
    if (request.method == "PUT" && path == "/2020-08-15/logs") return NotSupported("Logs", *responder);
    if (!path.starts_with(kPrefix)) {
      if (forwarder_ == nullptr || !IsAwsRequest(request)) return NotFound(*responder);
      return forwarder_->Forward(std::move(request), std::move(responder), forwarded_);
    }
    path.remove_prefix(kPrefix.size());
    if (get && path == "runtime/invocation/next") return slot_->Next(std::move(responder));
    if (post && path == "runtime/init/error") return slot_->InitError(std::move(request), std::move(responder));
    if (get && path == "ping") return Pong(*responder);
    if (!post || !path.starts_with(kInvocationPrefix)) return NotFound(*responder);
    RouteAnswer(std::string(path.substr(kInvocationPrefix.size())), std::move(request), std::move(responder));
  }

  // `rest` is "{request id}/response" or "{request id}/error".
  void RouteAnswer(const std::string& rest, HttpRequest request, std::unique_ptr<HttpResponder> responder) {
    const size_t slash = rest.find('/');
    const std::string id = rest.substr(0, slash);
    const std::string verb = slash == std::string::npos ? "" : rest.substr(slash + 1);
    if (verb == "response" && responder->body_follows()) {
      return slot_->StreamResponse(id, request, std::move(responder),
                                   {clock_, [server = &server_](milliseconds delay, std::function<void()> task) {
                                      server->PostAfter(delay, std::move(task));
                                    }});
    }
    if (verb == "response") return slot_->Response(id, std::move(request), std::move(responder));
    if (verb == "error") return slot_->Error(id, std::move(request), std::move(responder));
    NotFound(*responder);
  }

  static void NotFound(HttpResponder& responder) {
    responder.Send(RuntimeApiError(404, "NotFound", "Not a route of the Runtime API"));
  }

  // The word of AWS's own emulator, which has no subscriptions either: extensions know how to go on without.
  // Source: runtime.md §3.
  static void NotSupported(std::string_view api, HttpResponder& responder) {
    responder.Send(
        RuntimeApiError(202, fmt::format("{}.NotSupported", api), fmt::format("{} API is not supported", api)));
  }

  static void Pong(HttpResponder& responder) {
    HttpResponse response;
    response.headers.Add("Content-Type", "text/plain");
    response.body = "pong";
    responder.Send(std::move(response));
  }

  HttpServer& server_;
  Clock& clock_;
  InvocationSlot* slot_;
  ApiForwarder* const forwarder_;
  const ForwardedCalls forwarded_ = std::make_shared<std::atomic<int>>(0);
  MonotonicTime window_start_{};
  uint64_t deliveries_at_start_ = 0;
  uint64_t requests_ = 0;
};

class HttpRuntimeApi final : public RuntimeApi {
 public:
  HttpRuntimeApi(HttpServer& server, Clock& clock, ApiForwarder* forwarder)
      : server_(server), clock_(clock), forwarder_(forwarder) {}
  ~HttpRuntimeApi() override {
    while (!doors_.empty()) Close(doors_.begin()->first);
  }

  absl::StatusOr<uint64_t> Open(int listener_fd, InvocationSlot& slot) override {
    UniqueFd listener(fcntl(listener_fd, F_DUPFD_CLOEXEC, 0));
    if (!listener.valid()) return ErrnoStatus("duplicating a Runtime API listener");
    auto door = std::make_shared<Door>(server_, clock_, slot, forwarder_);
    ASSIGN_OR_RETURN(
        const uint64_t id,
        server_.Adopt(std::move(listener), [door](HttpRequest request, std::unique_ptr<HttpResponder> responder) {
          door->Handle(std::move(request), std::move(responder));
        }));
    doors_.emplace(id, std::move(door));
    return id;
  }

  void Close(uint64_t id) override {
    const auto found = doors_.find(id);
    if (found == doors_.end()) return;
    found->second->Close();
    doors_.erase(found);
    server_.Close(id);
  }

 private:
  HttpServer& server_;
  Clock& clock_;
  ApiForwarder* const forwarder_;
  std::map<uint64_t, std::shared_ptr<Door>> doors_;
};

}  // namespace

HttpServerOptions RuntimeApiServerOptions() {
  HttpServerOptions options;
  options.threads = 1;  // everything of an environment happens on it
  options.max_head_bytes = 64 * 1024;
  options.max_body_bytes = [](const HttpRequest& head) {
    if (!head.path().starts_with(kPrefix) && IsAwsRequest(head)) return kMaxForwardedBytes;
    return TakesLargeBody(head) ? kMaxInvokeResponseBytes : kMaxSmallBodyBytes;
  };
  options.streams_body = [](const HttpRequest& head) {
    return head.method == "POST" && head.path().starts_with(kPrefix) && head.path().ends_with("/response") &&
           InvocationSlot::IsStreamed(head);
  };
  options.deliver_oversized = true;
  options.max_connections_per_listener = kMaxConnectionsPerSandbox;
  options.max_buffered_body_bytes_per_adopted_listener = 3 * kMaxInvokeResponseBytes;  // one, and two retries
  options.idle_timeout = milliseconds(0);  // a frozen environment keeps its connection
  options.min_body_bytes_per_second = 0;   // a streamed response may pause; the deadline bounds it
  options.render_error = [](int status, std::string_view reason) {
    return RuntimeApiError(status, "InvalidRequest", reason);
  };
  return options;
}

std::unique_ptr<RuntimeApi> MakeRuntimeApi(HttpServer& server, Clock& clock, ApiForwarder* forwarder) {
  return std::make_unique<HttpRuntimeApi>(server, clock, forwarder);
}

}  // namespace hearth::worker
