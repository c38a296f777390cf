// QueryEndpoint answers the services of the query protocol: finds the service by its version, verifies who asks, runs
// the operation and renders XML.
//
// Shapes:  "<ActionResponse xmlns=…><ActionResult>…</ActionResult><ResponseMetadata><RequestId>…"; errors are
//          "<ErrorResponse><Error><Type/><Code/><Message/></Error><RequestId/></ErrorResponse>".
// Errors:  rendered; nothing else leaves it.
// Threads: any thread; Answer blocks as its services do.
// Limits:  kMaxBodyBytes.
// Source:  AWS IAM API Reference, "Making query requests", "Common errors".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/http_message.h"
#include "controller/api/query_service.h"
#include "controller/auth/request_verifier.h"

namespace hearth::controller {

class QueryEndpoint {
 public:
  static constexpr size_t kMaxBodyBytes = 512 * 1024;

  QueryEndpoint(const RequestVerifier& verifier, std::vector<QueryService*> services)
      : verifier_(verifier), services_(std::move(services)) {}

  // Whether the request speaks the query protocol at all.
  static bool SpeaksQuery(const HttpRequest& head);
  // The service a request names; nullptr when there is none here. The body must be there.
  QueryService* Find(const HttpRequest& request) const;
  // `source_ip` may be empty.
  HttpResponse Answer(QueryService& service, HttpRequest request, const std::string& request_id,
                      const std::string& source_ip) const;

 private:
  absl::StatusOr<std::string> Run(QueryService& service, HttpRequest request, ApiCall call, const std::string& action,
                                  const QueryInput& input) const;

  const RequestVerifier& verifier_;
  const std::vector<QueryService*> services_;
};

}  // namespace hearth::controller
