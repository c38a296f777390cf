// ApiCall is one authenticated request as an operation sees it; ApiReply is its answer.
//
// Shapes:  labels and query values are percent-decoded once. Headers and body are as received.
// Errors:  operations answer AWS errors (aws_error.h).
// Threads: value types.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/async.h"
#include "common/io/http_server.h"
#include "controller/auth/identity.h"

namespace hearth::controller {

struct ApiCall {
  Identity caller;
  std::string request_id;  // x-amzn-RequestId of the answer
  std::string base_url;    // "http://host:port", as the client reached us
  std::string source_ip;   // the client's address; empty when it came by a local socket
  std::map<std::string, std::string, std::less<>> labels;
  std::map<std::string, std::string, std::less<>> query;            // the last of each name
  std::vector<std::pair<std::string, std::string>> repeated_query;  // all, in the order of the request
  HttpHeaders headers;
  std::string body;

  std::string_view Label(std::string_view name) const;
  // nullptr when the parameter was not given.
  const std::string* Query(std::string_view name) const;
  // Every value of a parameter that may be repeated ("tagKeys=a&tagKeys=b").
  std::vector<std::string> QueryList(std::string_view name) const;
};

struct ApiReply {
  int status = 200;
  HttpHeaders headers;  // beyond those the frontend adds to every answer
  std::string body;
};

}  // namespace hearth::controller
