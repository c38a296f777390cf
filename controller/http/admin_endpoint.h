// AdminEndpoint answers operators and monitoring on a listener of its own: GET /healthz and GET /metrics.
//
// Shapes:  /healthz is 200 "ok" once the first invocation would succeed, else 503 with the reason. Plain text.
// Threads: the server's I/O threads; `refresh` and `not_ready` must not block.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/io/http_server.h"
#include "common/metrics.h"

namespace hearth::controller {

class AdminEndpoint {
 public:
  // `refresh` sets the gauges before they are shown; `not_ready` says why an invocation would fail, empty when it would
  // not.
  AdminEndpoint(const Metrics& metrics, std::function<void()> refresh, std::function<std::string()> not_ready)
      : metrics_(metrics), refresh_(std::move(refresh)), not_ready_(std::move(not_ready)) {}

  void Handle(HttpRequest request, std::unique_ptr<HttpResponder> responder);

 private:
  const Metrics& metrics_;
  const std::function<void()> refresh_;
  const std::function<std::string()> not_ready_;
};

}  // namespace hearth::controller
