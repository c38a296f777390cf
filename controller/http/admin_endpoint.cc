#include "controller/http/admin_endpoint.h"

namespace hearth::controller {
namespace {

HttpResponse Text(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.Add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  response.body = std::move(body);
  return response;
}

}  // namespace

void AdminEndpoint::Handle(HttpRequest request, std::unique_ptr<HttpResponder> responder) {
  if (request.method != "GET") return responder->Send(Text(405, "only GET\n"));
  if (request.path() == "/metrics") {
    refresh_();
    return responder->Send(Text(200, metrics_.Render()));
  }
  if (request.path() == "/healthz") {
    const std::string reason = not_ready_();
    return responder->Send(reason.empty() ? Text(200, "ok\n") : Text(503, reason + "\n"));
  }
  responder->Send(Text(404, "there are /healthz and /metrics\n"));
}

}  // namespace hearth::controller
