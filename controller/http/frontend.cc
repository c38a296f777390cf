#include "controller/http/frontend.h"

#include <fmt/format.h>

#include "common/errors.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/uri.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/access/call_keys.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kSigningName = "lambda";
constexpr std::string_view kTargetHeader = "X-Amz-Target";
constexpr std::string_view kStreamOperation = "InvokeWithResponseStream";
constexpr std::string_view kAsyncOperation = "InvokeAsync";
constexpr std::string_view kWellKnown = "/.well-known/";
constexpr char kRequestIdHeader[] = "x-amzn-RequestId";
constexpr char kJson[] = "application/json";
constexpr char kPem[] = "application/x-pem-file";
constexpr std::string_view kCertificates = "/SimpleNotificationService-";
constexpr std::string_view kQueryProtocol = "application/x-www-form-urlencoded";
constexpr size_t kUnknownBodyBytes = 64 * 1024;
constexpr size_t kMaxEchoed = 200;  // of what a client made up
// PutLogEvents carries up to 1 MiB of messages, which JSON may escape to several times that.
constexpr size_t kMaxJsonRpcBodyBytes = size_t{4} << 20;
constexpr size_t kMaxConnectionsPerAddress = 4096;

// Errors raised before any operation is known. Source: api.md "Error wire format".
absl::Status ServerError(int status, std::string_view reason) {
  switch (status) {
    case 413:
      return AwsError("RequestEntityTooLargeException", "The request body is too large.");
    case 408:
      return AwsError("RequestTimeoutException", "The request was not received in time.");
    default:
      return AwsError("MalformedHttpRequestException", reason);
  }
}

bool IsInvocation(std::string_view operation) {
  return operation == "Invoke" || operation == kStreamOperation || operation == kAsyncOperation;
}

absl::Status TooLarge(std::string_view operation) {
  const BodyLimit limit = BodyLimitOf(operation);
  return AwsError(
      IsInvocation(operation) ? "RequestTooLargeException" : "RequestEntityTooLargeException",
      fmt::format("Request must be smaller than {} bytes for the {} operation", limit.bytes, limit.operation));
}

absl::Status UnknownOperation(std::string_view what) {
  return AwsError("UnknownOperationException", fmt::format("Unknown operation: {}", what));
}

// "10.0.0.1:4711" is "10.0.0.1", "[::1]:4711" is "::1"; a Unix socket has no address.
std::string AddressOf(std::string_view peer) {
  if (peer.starts_with("unix:")) return "";
  const std::string_view host = peer.substr(0, peer.rfind(':'));
  return std::string(host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host);
}

// Why a request is sent away before any service has read it: the same request will do a moment later, here or
// elsewhere.
enum class Refusal { kStopping, kTooMany };

HttpResponse RefuseQuery(Refusal why, std::string_view request_id) {
  const bool stopping = why == Refusal::kStopping;
  HttpResponse response;
  response.status = stopping ? 503 : 400;
  response.headers.Add("Content-Type", "text/xml");
  response.body = fmt::format(
      "<ErrorResponse><Error><Type>{}</Type><Code>{}</Code><Message>{}</Message></Error><RequestId>{}</RequestId>"
      "</ErrorResponse>",
      stopping ? "Receiver" : "Sender", stopping ? "ServiceUnavailable" : "Throttling",
      stopping ? "The service is stopping." : "Rate exceeded", request_id);
  return response;
}

// In the form of the request's protocol: an SDK that cannot read a refusal does not try again.
HttpResponse Refuse(Refusal why, const HttpRequest& request, std::string_view request_id) {
  const absl::Status status = why == Refusal::kStopping ? absl::UnavailableError("the controller is stopping")
                                                        : TooManyRequestsError("CallerRateLimitExceeded", 1);
  HttpResponse response;
  if (request.headers.Find(kTargetHeader)) {
    response = RenderJsonRpcError(status);
    response.headers.Add("Content-Type", "application/x-amz-json-1.1");
  } else if (QueryEndpoint::SpeaksQuery(request)) {
    response = RefuseQuery(why, request_id);
  } else {
    response = RenderRestError(status);
    response.headers.Add("Content-Type", kJson);
  }
  if (why == Refusal::kStopping) response.status = 503;
  if (!response.headers.Find("Retry-After")) response.headers.Add("Retry-After", "1");
  return response;
}

}  // namespace

class Frontend::CountedRequest {
 public:
  explicit CountedRequest(std::shared_ptr<std::atomic<int64_t>> count) : count_(std::move(count)) { ++*count_; }
  ~CountedRequest() { --*count_; }
  CountedRequest(const CountedRequest&) = delete;
  CountedRequest& operator=(const CountedRequest&) = delete;

 private:
  const std::shared_ptr<std::atomic<int64_t>> count_;
};

// One request on its way to its answer; it counts as unanswered while it lives.
struct Frontend::Exchange {
  std::shared_ptr<const CountedRequest> counted;
  HttpRequest request;
  std::unique_ptr<HttpResponder> responder;
  std::string request_id;
  RouteMatch route;
  QueryParameters query;
  ApiMetrics::Timer timer;
};

HttpServerOptions Frontend::ServerOptions(int threads) const {
  HttpServerOptions options;
  options.threads = threads;
  options.max_head_bytes = kMaxRequestHeadBytes;
  options.deliver_oversized = true;
  options.max_connections_per_address = kMaxConnectionsPerAddress;
  options.max_body_bytes = [](const HttpRequest& head) {
    if (head.headers.Find(kTargetHeader)) return kMaxJsonRpcBodyBytes;
    if (QueryEndpoint::SpeaksQuery(head)) return QueryEndpoint::kMaxBodyBytes;
    const auto match = MatchRoute(head.method, head.path(), ParseQuery(head.query()));
    return match ? BodyLimitOf(match->operation).bytes : kUnknownBodyBytes;
  };
  options.render_error = [](int status, std::string_view reason) {
    HttpResponse response = RenderRestError(ServerError(status, reason));
    response.status = status;
    response.headers.Add("Content-Type", kJson);
    return response;
  };
  return options;
}

void Frontend::Handle(HttpRequest request, std::unique_ptr<HttpResponder> responder) {
  auto counted = std::make_shared<const CountedRequest>(unanswered_);
  // Counted before: whoever waits for zero misses none.
  if (!accepting_) return responder->Send(Refuse(Refusal::kStopping, request, random_.Uuid()));
  auto exchange = std::make_shared<Exchange>(Exchange{
      std::move(counted), std::move(request), std::move(responder), random_.Uuid(), {}, {}, metrics_.StartTimer()});
  exchange->query = ParseQuery(exchange->request.query());
  if (exchange->request.path().starts_with(CodeLinks::kPathPrefix)) {
    exchange->route.operation = "DownloadCode";
    return OnPool(exchange, [this, exchange] { RunDownload(exchange); });
  }
  const std::string_view path = exchange->request.path();
  if (path.starts_with(kWellKnown) || path.starts_with(kCertificates)) return HandlePublic(exchange);
  if (const auto target = exchange->request.headers.Find(kTargetHeader)) return HandleJsonRpc(exchange, *target);
  if (QueryEndpoint::SpeaksQuery(exchange->request)) return HandleQuery(exchange);
  HandleOperation(exchange);
}

// Unsigned, because those who check tokens are strangers; of memory only, so on the thread that read the request.
void Frontend::HandlePublic(const ExchangePtr& exchange) {
  const HttpRequest& request = exchange->request;
  const bool reads = request.method == "GET" || request.method == "HEAD";
  std::optional<std::string> document;
  if (reads && options_.public_document) document = options_.public_document(request.path());
  if (!document) return HandleUnknown(exchange);
  exchange->route.operation = "PublicDocument";
  HttpResponse response;
  response.headers.Add("Content-Type", request.path().ends_with(".pem") ? kPem : kJson);
  response.headers.Add("Cache-Control", fmt::format("public, max-age={}", options_.public_document_cached_for.count()));
  if (request.method == "GET") response.body = *std::move(document);
  Send(*exchange, std::move(response));
}

void Frontend::HandleQuery(const ExchangePtr& exchange) {
  QueryService* const service = query_.Find(exchange->request);
  if (service == nullptr) return HandleUnknown(exchange);
  exchange->route.operation = service->signing_name();
  OnPool(exchange, [this, exchange, service] {
    QueryOrigin origin{exchange->request_id, AddressOf(exchange->request.peer_address), BaseUrl(exchange->request),
                       [exchange] { return exchange->responder->PeerGone(); }};
    query_.Answer(*service, std::move(exchange->request), std::move(origin),
                  [this, exchange](HttpResponse response) { Send(*exchange, std::move(response)); });
  });
}

void Frontend::HandleOperation(const ExchangePtr& exchange) {
  const HttpRequest& request = exchange->request;
  std::optional<RouteMatch> match = MatchRoute(request.method, request.path(), exchange->query);
  if (!match) return HandleUnknown(exchange);
  exchange->route = *std::move(match);
  if (request.body_oversized) return Finish(*exchange, TooLarge(exchange->route.operation));
  if (!IsInvocation(exchange->route.operation)) return OnPool(exchange, [this, exchange] { RunOperation(exchange); });
  if (request.body.size() > kInlineBodyBytes) return OnPool(exchange, [this, exchange] { RunInvoke(exchange); });
  RunInvoke(exchange);
}

void Frontend::HandleUnknown(const ExchangePtr& exchange) {
  const HttpRequest& request = exchange->request;
  const absl::Status unknown = UnknownOperation(
      fmt::format("{} {}", request.method.substr(0, kMaxEchoed), request.path().substr(0, kMaxEchoed)));
  if (request.headers.Find("Content-Type").value_or("").starts_with(kQueryProtocol)) {
    HttpResponse response = RenderQueryError(unknown, exchange->request_id);
    response.headers.Add("Content-Type", "text/xml");
    return Send(*exchange, std::move(response));
  }
  // The path is one of ours: a method that was changed on the way is a broken signature first.
  const bool check_signature = IsKnownPath(request.path(), exchange->query) && request.headers.Find("Authorization");
  if (!check_signature || request.body_oversized) return Finish(*exchange, unknown);
  OnPool(exchange, [this, exchange, unknown] {
    const absl::Status signature = Authenticate(*exchange, kSigningName).status();
    Finish(*exchange, signature.ok() ? unknown : signature);
  });
}

void Frontend::RunOperation(const ExchangePtr& exchange) {
  const bool reads = exchange->request.method == "GET" || exchange->request.method == "HEAD";
  absl::StatusOr<ApiCall> call =
      Authenticate(*exchange, kSigningName, reads ? RequestVerifier::Use::kRepeatable : RequestVerifier::Use::kOnce);
  if (!call.ok()) return Finish(*exchange, call.status());
  Finish(*exchange, operations_.Run(exchange->route.operation, *call));
}

void Frontend::RunInvoke(const ExchangePtr& exchange) {
  absl::StatusOr<ApiCall> call = Authenticate(*exchange, kSigningName);
  if (!call.ok()) return Finish(*exchange, call.status());
  if (exchange->route.operation == kStreamOperation) return RunInvokeStream(exchange, *std::move(call));
  const auto finish = [this, exchange](absl::StatusOr<ApiReply> reply) { Finish(*exchange, std::move(reply)); };
  if (exchange->route.operation == kAsyncOperation) {
    return StartAsync(operations_.StartInvokeAsync(*std::move(call)), finish);
  }
  StartAsync(operations_.StartInvoke(*std::move(call)), finish);
}

void Frontend::RunInvokeStream(const ExchangePtr& exchange, ApiCall call) {
  const auto start = [this, exchange](ApiReply head, HttpBodyEvents events) {
    return StartStream(*exchange, std::move(head), std::move(events));
  };
  StartAsync(operations_.StartInvokeStream(std::move(call), start),
             [this, exchange](absl::StatusOr<std::optional<ApiReply>> reply) {
               if (!reply.ok()) return Finish(*exchange, reply.status());
               if (*reply) Finish(*exchange, **std::move(reply));
             });
}

void Frontend::HandleJsonRpc(const ExchangePtr& exchange, std::string_view target) {
  const size_t dot = target.find('.');
  for (JsonRpcService* service : services_) {
    if (dot == std::string_view::npos || service->target_prefix() != target.substr(0, dot)) continue;
    exchange->route.operation = service->target_prefix();  // of a fixed set, unlike what the client wrote
    return OnPool(exchange, [this, exchange, service, operation = std::string(target.substr(dot + 1))] {
      RunJsonRpc(exchange, *service, operation);
    });
  }
  HttpResponse response = RenderJsonRpcError(UnknownOperation(target));
  response.headers.Add("Content-Type", "application/x-amz-json-1.1");
  Send(*exchange, std::move(response));
}

void Frontend::RunJsonRpc(const ExchangePtr& exchange, JsonRpcService& service, const std::string& rpc_operation) {
  const auto finish = [this, exchange, &service](const absl::StatusOr<Json>& output) {
    HttpResponse response;
    if (output.ok()) {
      response.body = output->Dump();
    } else {
      response = service.RenderError(output.status());
    }
    response.headers.Add("Content-Type", std::string(service.content_type()));
    Send(*exchange, std::move(response));
  };
  absl::StatusOr<RpcCallPtr> rpc = ReadRpc(exchange, service, rpc_operation);
  if (!rpc.ok()) return finish(rpc.status());
  StartAsync(service.Run(*std::move(rpc)), finish);
}

absl::StatusOr<RpcCallPtr> Frontend::ReadRpc(const ExchangePtr& exchange, const JsonRpcService& service,
                                             const std::string& rpc_operation) const {
  if (exchange->request.body_oversized) return AwsError("RequestEntityTooLargeException", "Request is too large.");
  auto rpc = std::make_shared<RpcCall>();
  const auto use = service.is_repeatable() ? RequestVerifier::Use::kRepeatable : RequestVerifier::Use::kOnce;
  ASSIGN_OR_RETURN(rpc->call, Authenticate(*exchange, service.signing_name(), use));
  absl::StatusOr<Json> input = rpc->call.body.empty() ? Json(Json::Object()) : Json::Parse(rpc->call.body);
  if (!input.ok() || !input->is_object()) return AwsError("SerializationException", "The body must be a JSON object.");
  RETURN_IF_ERROR(Authorize(rpc->call, service, rpc_operation, *input));
  rpc->operation = rpc_operation;
  rpc->input = *std::move(input);
  rpc->abandoned = [exchange] { return exchange->responder->PeerGone(); };
  return RpcCallPtr(std::move(rpc));
}

absl::Status Frontend::Authorize(const ApiCall& call, const JsonRpcService& service, std::string_view rpc_operation,
                                 const Json& input) const {
  std::optional<AccessRequest> access = service.AccessOf(call, rpc_operation, input);
  if (!access) return absl::OkStatus();  // the service does not have it, and says so
  const CallKeys of_call("", call);
  const std::unique_ptr<ConditionKeys> of_service = service.KeysOf(call, rpc_operation, input, of_call);
  access->more_keys = of_service != nullptr ? of_service.get() : &of_call;
  return AuthorizationError(authorizer_.Authorize(call.caller, *access));
}

void Frontend::RunDownload(const ExchangePtr& exchange) {
  if (exchange->request.method != "GET") return Finish(*exchange, UnknownOperation(exchange->request.method));
  const std::variant<std::string, AuthFailure> checked = links_.Check(exchange->request);
  if (const AuthFailure* failure = std::get_if<AuthFailure>(&checked)) {
    return Finish(*exchange, AwsError(failure->shape, failure->message));
  }
  absl::StatusOr<std::string> zip = read_code_(std::get<std::string>(checked));
  if (absl::IsNotFound(zip.status())) {
    return Finish(*exchange, AwsError("ResourceNotFoundException", "The package is no longer kept."));
  }
  if (!zip.ok()) return Finish(*exchange, zip.status());
  HttpResponse response;
  response.headers.Add("Content-Type", "application/zip");
  response.body = *std::move(zip);
  Send(*exchange, std::move(response));
}

void Frontend::OnPool(const ExchangePtr& exchange, std::function<void()> task) {
  if (pool_.Submit(std::move(task)).ok()) return;
  Send(*exchange, Refuse(Refusal::kTooMany, exchange->request, exchange->request_id));
}

std::string Frontend::BaseUrl(const HttpRequest& request) const {
  if (!options_.public_url.empty()) return options_.public_url;
  return fmt::format("http://{}", request.headers.Find("Host").value_or(""));
}

absl::StatusOr<ApiCall> Frontend::Authenticate(Exchange& exchange, std::string_view service,
                                               RequestVerifier::Use use) const {
  AuthResult verified = verifier_.Verify(exchange.request, service, /*global=*/false, use);
  if (const AuthFailure* failure = std::get_if<AuthFailure>(&verified)) {
    return AwsError(failure->shape, failure->message);
  }
  ApiCall call;
  call.caller = std::get<Identity>(std::move(verified));
  call.request_id = exchange.request_id;
  call.base_url = BaseUrl(exchange.request);
  call.source_ip = AddressOf(exchange.request.peer_address);
  call.labels = std::move(exchange.route.labels);
  for (const auto& [name, value] : exchange.query) call.query.insert_or_assign(name, value);
  call.repeated_query = std::move(exchange.query);
  call.headers = std::move(exchange.request.headers);
  call.body = std::move(exchange.request.body);
  return call;
}

void Frontend::Finish(Exchange& exchange, absl::StatusOr<ApiReply> reply) const {
  HttpResponse response;
  if (reply.ok()) {
    response.status = reply->status;
    response.headers = std::move(reply->headers);
    response.body = std::move(reply->body);
  } else {
    if (!AwsErrorShape(reply.status())) {
      LogError("an operation failed", {{"operation", std::string(exchange.route.operation)},
                                       {"request_id", exchange.request_id},
                                       {"error", reply.status().ToString()}});
    }
    response = RenderRestError(reply.status());
  }
  response.headers.Add("Content-Type", kJson);
  Send(exchange, std::move(response));
}

void Frontend::Send(Exchange& exchange, HttpResponse response) const {
  response.headers.Add(kRequestIdHeader, exchange.request_id);
  metrics_.Answered(exchange.timer, exchange.route.operation, response);
  exchange.responder->Send(std::move(response));
}

std::shared_ptr<HttpBodyStream> Frontend::StartStream(Exchange& exchange, ApiReply head, HttpBodyEvents events) const {
  HttpResponse response{head.status, std::move(head.headers), ""};
  response.headers.Add(kRequestIdHeader, exchange.request_id);
  metrics_.Answered(exchange.timer, exchange.route.operation, response);
  return exchange.responder->StartBody(std::move(response), std::move(events));
}

}  // namespace hearth::controller
