// InvokeApi answers Invoke, InvokeWithResponseStream and InvokeAsync: headers and payload in, the function's answer
// out, whole or as it comes, or an event accepted.
//
// Shapes:  rest-json of api.md §13; the payload is the body in both directions.
// Errors:  AWS errors; what the invoker answers as a value becomes the status and headers AWS sends.
// Threads: starts on the calling thread, continues where the result is delivered. Checks the payload before it
//          suspends.
// Limits:  an event of InvokeAsync has kMaxInvokeAsyncBytes; the others are those of common/limits.h.
// Source:  api.md §13; semantics.md §3, §6 and §7.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/async.h"
#include "common/clock.h"
#include "common/random.h"
#include "controller/api/api_call.h"
#include "controller/api/lambda/function_name.h"
#include "controller/api/lambda/streaming/streamed_reply.h"
#include "controller/invoke/invoker.h"
#include "controller/store/catalog.h"

namespace hearth::controller {

// OK once the event will run, whatever happens (AsyncDispatcher::Accept).
using AcceptEvent = std::function<Async<absl::Status>(records::QueuedEvent event)>;

class InvokeApi {
 public:
  static constexpr size_t kMaxInvokeAsyncBytes = 256 * 1024;

  InvokeApi(std::string region, Invoker& invoker, AcceptEvent accept, const Catalog& catalog, Clock& clock,
            Random& random)
      : region_(std::move(region)),
        invoker_(invoker),
        accept_(std::move(accept)),
        catalog_(catalog),
        clock_(clock),
        random_(random) {}

  Async<absl::StatusOr<ApiReply>> Invoke(ApiCall call);
  // An event; of an older form of the API, with no headers to read.
  Async<absl::StatusOr<ApiReply>> InvokeAsync(ApiCall call);
  // nullopt: the answer went out by `start`.
  Async<absl::StatusOr<std::optional<ApiReply>>> InvokeWithResponseStream(ApiCall call, StartReply start);

 private:
  struct Prepared {
    InvokeRequest request;
    bool dry_run = false;
    bool event = false;
    std::string arn;  // as a missing function is named
  };

  enum class Form { kWhole, kStreamed, kEvent };
  absl::StatusOr<Prepared> Prepare(ApiCall& call, Form form);
  Async<absl::StatusOr<ApiReply>> Accept(InvokeRequest request);
  std::string NewTraceHeader();

  const std::string region_;
  Invoker& invoker_;
  const AcceptEvent accept_;
  const Catalog& catalog_;
  Clock& clock_;
  Random& random_;
};

}  // namespace hearth::controller
