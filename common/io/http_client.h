// HttpClient sends one HTTP request and waits for the answer. Blocking; for the CLI and for calls off every hot path.
//
// Errors:  Unavailable when no connection, DeadlineExceeded after the timeout, ResourceExhausted past max_body_bytes.
//          An HTTP error status is an answer, not an error.
// Threads: one request at a time per client.
// Source:  libcurl (its AWS signing is not used: 7.88 does not sort the query).
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/http_message.h"

namespace hearth {

struct HttpClientRequest {
  std::string method = "GET";
  std::string url = {};
  HttpHeaders headers = {};
  std::string body = {};
  std::chrono::milliseconds timeout{60000};
  size_t max_body_bytes = size_t{16} << 20;
  std::string unix_socket = {};  // connect to this path instead of the URL's host
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  static std::unique_ptr<HttpClient> Create();
  virtual absl::StatusOr<HttpResponse> Send(const HttpClientRequest& request) = 0;
};

}  // namespace hearth
