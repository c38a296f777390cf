// One HTTP request and one response, as the server reads them, the client sends them and SigV4 signs them.
//
// Shapes:  the request target is kept raw (SigV4 signs the bytes of the wire); header names keep their order and case,
//          look-ups ignore case. Addresses are "ip:port", "[ip]:port" or "unix:/path".
// Threads: value types.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth {

struct HttpHeaders {
  std::vector<std::pair<std::string, std::string>> fields = {};

  // The first value of `name` in any case; nullopt when absent.
  std::optional<std::string_view> Find(std::string_view name) const;
  void Add(std::string name, std::string value);
};

struct HttpRequest {
  std::string method = {};
  std::string target = {};  // raw: path and query as received
  HttpHeaders headers = {};
  HttpHeaders trailers = {};
  std::string body = {};
  bool body_oversized = false;  // with deliver_oversized: the body passed max_body_bytes and was thrown away
  std::string peer_address = {};
  std::string local_address = {};

  std::string_view path() const;   // target up to '?', still encoded
  std::string_view query() const;  // after '?', still encoded; empty when none
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers = {};  // Content-Length, Date and Connection are added by the server
  std::string body = {};
};

}  // namespace hearth
