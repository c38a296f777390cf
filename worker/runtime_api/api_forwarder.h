// ApiForwarder carries calls of the AWS API out of sandboxes, which have no network, to the controller.
//
// Shapes:  a request goes as it came, but for headers that concern one connection: its signature covers the Host the
//          function spoke to. Nothing is added to it: what the function did not sign, it does not get.
// Errors:  the function sees 502 when the controller cannot be reached, 503 when too many calls are under way, its own
// or
//          all together, or when their bodies hold too much of the worker's memory.
// Threads: Forward on any thread; each call waits on a thread of the pool. The destructor waits for those under way.
// Limits:  Options; bodies by kMaxForwardedBytes both ways. A body lies here whole, so bodies are bounded together,
// too:
//          those of requests by max_held_bytes, those of answers by one for each thread.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "common/io/http_client.h"
#include "common/io/http_server.h"
#include "common/io/thread_pool.h"
#include "common/limits.h"

namespace hearth::worker {

// An Invoke's payload, or its answer.
inline constexpr size_t kMaxForwardedBytes = kMaxInvokeResponseBytes;

// The calls of one sandbox that are not answered yet.
using ForwardedCalls = std::shared_ptr<std::atomic<int>>;

class ApiForwarder {
 public:
  struct Options {
    std::string url;   // of the controller's AWS API: "http://127.0.0.1:9000"
    int threads = 32;  // calls under way at once: a function that invokes another holds one
    size_t max_waiting = 128;
    int max_calls_per_sandbox = 16;
    size_t max_held_bytes = size_t{64} << 20;
    std::chrono::milliseconds timeout{930000};  // the longest invocation, and a little
  };

  explicit ApiForwarder(Options options)
      : options_(std::move(options)), pool_("forward", options_.threads, options_.max_waiting) {}

  void Forward(HttpRequest request, std::unique_ptr<HttpResponder> responder, const ForwardedCalls& of_sandbox);

 private:
  class Call;

  const Options options_;
  std::atomic<size_t> held_bytes_{0};
  ThreadPool pool_;
};

// Whether a request is one of the AWS API: signed, in its header or in its query, or one of those that need no
// signature: a form for STS, which may trade in an identity token, and what the issuer of those tokens publishes.
bool IsAwsRequest(const HttpRequest& head);

}  // namespace hearth::worker
