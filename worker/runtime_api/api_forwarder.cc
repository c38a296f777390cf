#include "worker/runtime_api/api_forwarder.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace hearth::worker {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kWellKnown = "/.well-known/";
constexpr std::string_view kForm = "application/x-www-form-urlencoded";
constexpr std::string_view kOfOneConnection[] = {"connection", "content-length",    "expect", "keep-alive",
                                                 "te",         "transfer-encoding", "upgrade"};

HttpHeaders Forwarded(const HttpHeaders& headers) {
  HttpHeaders kept;
  for (const auto& [name, value] : headers.fields) {
    const bool drop = std::any_of(std::begin(kOfOneConnection), std::end(kOfOneConnection), [&](std::string_view one) {
      return absl::EqualsIgnoreCase(name, absl::string_view(one.data(), one.size()));
    });
    if (!drop) kept.Add(name, value);
  }
  return kept;
}

HttpResponse Failure(int status, const std::string& text) {
  HttpResponse response;
  response.status = status;
  response.headers.Add("Content-Type", "text/plain");
  response.body = text + "\n";
  return response;
}

HttpResponse Ask(const HttpRequest& request, const std::string& url, std::chrono::milliseconds timeout) {
  const absl::StatusOr<HttpResponse> answer = HttpClient::Create()->Send({.method = request.method,
                                                                          .url = url + request.target,
                                                                          .headers = Forwarded(request.headers),
                                                                          .body = request.body,
                                                                          .timeout = timeout,
                                                                          .max_body_bytes = kMaxForwardedBytes});
  // What went wrong is the operator's to know: the text names hosts outside the sandbox.
  if (!answer.ok()) return Failure(502, "the AWS API cannot be reached");
  HttpResponse response{answer->status, Forwarded(answer->headers), answer->body};
  std::erase_if(response.headers.fields, [](const auto& field) { return absl::EqualsIgnoreCase(field.first, "date"); });
  return response;
}

}  // namespace

bool IsAwsRequest(const HttpRequest& head) {
  if (head.headers.Find("Authorization").value_or("").starts_with(kAlgorithm)) return true;
  if (head.query().find("X-Amz-Algorithm=") != std::string_view::npos) return true;
  if (head.method == "GET" && head.path().starts_with(kWellKnown)) return true;
  return head.method == "POST" && head.path() == "/" &&
         head.headers.Find("Content-Type").value_or("").starts_with(kForm);
}

// What a call holds while it waits and runs, given back with it.
class ApiForwarder::Call {
 public:
  Call(HttpRequest request, std::unique_ptr<HttpResponder> responder, ForwardedCalls of_sandbox,
       std::atomic<size_t>& held_bytes)
      : request_(std::move(request)),
        responder_(std::move(responder)),
        bytes_(request_.body.size()),
        of_sandbox_(std::move(of_sandbox)),
        held_bytes_(held_bytes),
        calls_(++*of_sandbox_),
        held_(held_bytes_ += bytes_) {}
  ~Call() {
    --*of_sandbox_;
    held_bytes_ -= bytes_;
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  bool Fits(const Options& options) const {
    return calls_ <= options.max_calls_per_sandbox && held_ <= options.max_held_bytes;
  }
  void Run(const Options& options) { Answer(Ask(request_, options.url, options.timeout)); }
  void Answer(HttpResponse response) { responder_->Send(std::move(response)); }

 private:
  const HttpRequest request_;
  const std::unique_ptr<HttpResponder> responder_;
  const size_t bytes_;
  const ForwardedCalls of_sandbox_;
  std::atomic<size_t>& held_bytes_;
  const int calls_;    // of the sandbox, with this one
  const size_t held_;  // by all, with this one
};

void ApiForwarder::Forward(HttpRequest request, std::unique_ptr<HttpResponder> responder,
                           const ForwardedCalls& of_sandbox) {
  if (request.body_oversized) return responder->Send(Failure(413, "the request is too large"));
  auto call = std::make_shared<Call>(std::move(request), std::move(responder), of_sandbox, held_bytes_);
  const bool queued = call->Fits(options_) && pool_.Submit([this, call] { call->Run(options_); }).ok();
  if (!queued) call->Answer(Failure(503, "too many calls are under way"));
}

}  // namespace hearth::worker
