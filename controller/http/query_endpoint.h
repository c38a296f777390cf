// QueryEndpoint answers the services of the query protocol: finds the service by its version, verifies who asks, runs
// the operation and renders XML.
//
// Shapes:  "<ActionResponse xmlns=…><ActionResult>…</ActionResult><ResponseMetadata><RequestId>…"; errors are
//          "<ErrorResponse><Error><Type/><Code/><Message/></Error><RequestId/></ErrorResponse>".
// Errors:  rendered; nothing else leaves it.
// Threads: any thread; Answer blocks as its services do, and calls `done` from any thread.
// Limits:  kMaxBodyBytes.
// Source:  AWS IAM API Reference, "Making query requests", "Common errors".
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http_message.h"
#include "controller/api/query_service.h"
#include "controller/auth/request_verifier.h"

namespace hearth::controller {

// What is known of a request besides itself.
struct QueryOrigin {
  std::string request_id;
  std::string source_ip = {};  // may be empty
  std::string base_url = {};
  std::function<bool()> abandoned = nullptr;
};

class QueryEndpoint {
 public:
  static constexpr size_t kMaxBodyBytes = size_t{4} << 20;  // a message of a queue, percent-encoded

  QueryEndpoint(const RequestVerifier& verifier, std::vector<QueryService*> services)
      : verifier_(verifier), services_(std::move(services)) {}

  // Whether the request speaks the query protocol at all: at "/", or a form at the URL of a queue.
  static bool SpeaksQuery(const HttpRequest& head);
  // The service a request names; nullptr when there is none here. The body must be there.
  QueryService* Find(const HttpRequest& request) const;
  void Answer(QueryService& service, HttpRequest request, QueryOrigin origin,
              std::function<void(HttpResponse)> done) const;

 private:
  absl::StatusOr<QueryCallPtr> Read(const QueryService& service, HttpRequest request, QueryOrigin origin) const;

  const RequestVerifier& verifier_;
  const std::vector<QueryService*> services_;
};

}  // namespace hearth::controller
