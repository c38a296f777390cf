// RuntimeApi serves the Runtime API 2018-06-01 into every sandbox: one listener, one InvocationSlot each.
//
// Shapes:  the listener lives in the sandbox's network namespace, so which listener a request came through says which
//          environment it is from; nothing in the request does.
// Errors:  what the slot answers, and the AWS API through the forwarder; 404 in the Runtime API's shape for anything
// that is not a route. Threads: the HttpServer's single I/O thread. Limits:  RuntimeApiServerOptions(). Past
// kFreeRequestsPerSecond, requests that no delivered event explains are
//          answered late: a function cannot keep the thread it shares with its neighbours busy.
#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/io/http_server.h"
#include "worker/runtime_api/api_forwarder.h"
#include "worker/runtime_api/invocation_slot.h"

namespace hearth::worker {

// How the HttpServer behind a RuntimeApi is set up: bounds per sandbox, no time limit on a parked request.
HttpServerOptions RuntimeApiServerOptions();

class RuntimeApi {
 public:
  virtual ~RuntimeApi() = default;
  // Serves the listener until Close. `slot` must live as long. The listener is duplicated, the caller keeps its own.
  virtual absl::StatusOr<uint64_t> Open(int listener_fd, InvocationSlot& slot) = 0;
  // From here on no request reaches the slot; connections close.
  virtual void Close(uint64_t id) = 0;
};

// `server` was started with RuntimeApiServerOptions(). `forwarder` takes signed requests of the AWS API and outlives
// what is made; nullptr: there is no such way out.
std::unique_ptr<RuntimeApi> MakeRuntimeApi(HttpServer& server, Clock& clock, ApiForwarder* forwarder = nullptr);

}  // namespace hearth::worker
