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

void ApiForwarder::Forward(HttpRequest request, std::unique_ptr<HttpResponder> responder) {
  if (request.body_oversized) return responder->Send(Failure(413, "the request is too large"));
  struct Call {
    HttpRequest request;
    std::unique_ptr<HttpResponder> responder;
  };
  auto call = std::make_shared<Call>(Call{std::move(request), std::move(responder)});
  const absl::Status queued =
      pool_.Submit([this, call] { call->responder->Send(Ask(call->request, options_.url, options_.timeout)); });
  if (!queued.ok()) call->responder->Send(Failure(503, "too many calls are under way"));
}

}  // namespace hearth::worker
