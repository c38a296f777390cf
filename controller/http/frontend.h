// Frontend takes every HTTP request of the AWS endpoint: names the operation, verifies who asks and whether they may,
// runs it, renders the answer.
//
// Shapes:  every answer carries x-amzn-RequestId and a JSON body (an empty one for 204); errors look like AWS's, also
//          those of the HTTP server itself.
// Errors:  unknown paths 404 UnknownOperationException; a full queue 429 TooManyRequestsException; while the controller
//          stops 503.
// Threads: Handle on the server's I/O threads, none of which may be left when it is destroyed. Small invocations start
//          there; everything that may block or hash much runs on the pool.
// Limits:  bodies by BodyLimitOf; kInlineBodyBytes is hashed and checked on an I/O thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/io/http_server.h"
#include "common/io/thread_pool.h"
#include "common/random.h"
#include "controller/api/json_rpc_service.h"
#include "controller/auth/authorizer.h"
#include "controller/auth/code_links.h"
#include "controller/auth/request_verifier.h"
#include "controller/http/api_metrics.h"
#include "controller/http/operations.h"
#include "controller/http/query_endpoint.h"
#include "controller/http/routes.h"

namespace hearth::controller {

// The bytes of a code package by its hash. Blocks.
using ReadCode = std::function<absl::StatusOr<std::string>(std::string_view sha256_hex)>;

// What anyone may read below /.well-known/, as JSON; nullopt for another path.
using PublicDocument = std::function<std::optional<std::string>(std::string_view path)>;

struct FrontendOptions {
  std::string public_url;            // what clients reach us by; empty: "http://" and the request's Host
  int api_threads = 4;               // for what may block
  size_t max_queued_requests = 512;  // that wait for one of them; more are answered 429
  PublicDocument public_document = {};
  std::chrono::seconds public_document_cached_for{300};
};

class Frontend {
 public:
  static constexpr size_t kInlineBodyBytes = 128 * 1024;

  Frontend(FrontendOptions options, const RequestVerifier& verifier, const Authorizer& authorizer,
           const CodeLinks& links, ReadCode read_code, const Operations& operations,
           std::vector<JsonRpcService*> services, std::vector<QueryService*> query_services, ApiMetrics& metrics,
           Random& random)
      : options_(std::move(options)),
        verifier_(verifier),
        authorizer_(authorizer),
        links_(links),
        read_code_(std::move(read_code)),
        operations_(operations),
        services_(std::move(services)),
        query_(verifier, std::move(query_services)),
        metrics_(metrics),
        random_(random),
        pool_("api", options_.api_threads, options_.max_queued_requests) {}

  // What the server needs to know: limits per route and how to render its own errors.
  HttpServerOptions ServerOptions(int threads) const;

  void Handle(HttpRequest request, std::unique_ptr<HttpResponder> responder);

  // From now on every new request is refused; those before go on. The second: how many of them are not answered yet.
  void StopAccepting() { accepting_ = false; }
  int64_t unanswered() const { return *unanswered_; }

 private:
  class CountedRequest;
  struct Exchange;
  using ExchangePtr = std::shared_ptr<Exchange>;

  void HandleOperation(const ExchangePtr& exchange);
  void HandleQuery(const ExchangePtr& exchange);
  void HandleUnknown(const ExchangePtr& exchange);
  void HandlePublic(const ExchangePtr& exchange);
  void HandleJsonRpc(const ExchangePtr& exchange, std::string_view target);
  void RunOperation(const ExchangePtr& exchange);
  void RunInvoke(const ExchangePtr& exchange);
  void RunInvokeStream(const ExchangePtr& exchange, ApiCall call);
  void RunJsonRpc(const ExchangePtr& exchange, JsonRpcService& service, const std::string& rpc_operation);
  absl::StatusOr<RpcCallPtr> ReadRpc(const ExchangePtr& exchange, const JsonRpcService& service,
                                     const std::string& rpc_operation) const;
  // Whether the caller may do what the service says the operation is.
  absl::Status Authorize(const ApiCall& call, const JsonRpcService& service, std::string_view rpc_operation,
                         const Json& input) const;
  void RunDownload(const ExchangePtr& exchange);
  // Runs `task` on the pool, or answers 429 when too many wait already.
  void OnPool(const ExchangePtr& exchange, std::function<void()> task);
  // What the client reaches us by.
  std::string BaseUrl(const HttpRequest& request) const;
  absl::StatusOr<ApiCall> Authenticate(Exchange& exchange, std::string_view service,
                                       RequestVerifier::Use use = RequestVerifier::Use::kRepeatable) const;
  void Finish(Exchange& exchange, absl::StatusOr<ApiReply> reply) const;
  void Send(Exchange& exchange, HttpResponse response) const;
  std::shared_ptr<HttpBodyStream> StartStream(Exchange& exchange, ApiReply head, HttpBodyEvents events) const;

  const FrontendOptions options_;
  const RequestVerifier& verifier_;
  const Authorizer& authorizer_;
  const CodeLinks& links_;
  const ReadCode read_code_;
  const Operations& operations_;
  const std::vector<JsonRpcService*> services_;
  const QueryEndpoint query_;
  ApiMetrics& metrics_;
  Random& random_;
  std::atomic<bool> accepting_{true};
  const std::shared_ptr<std::atomic<int64_t>> unanswered_ = std::make_shared<std::atomic<int64_t>>(0);
  ThreadPool pool_;  // last: its tasks use everything above
};

}  // namespace hearth::controller
