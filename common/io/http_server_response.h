// Renders the head of a response in one string, to be written together with the body.
//
// Shapes:  framing headers (Content-Length, Connection, Transfer-Encoding) are the server's; a handler's are dropped.
//          CR, LF and NUL in a value become spaces, so that no value can forge a header.
// Threads: no state.
#pragma once

#include <string>
#include <string_view>

#include "common/http_message.h"

namespace hearth {

struct HttpResponseFacts {
  bool close = false;            // say Connection: close
  bool http_1_0_kept = false;    // say Connection: keep-alive
  bool streamed = false;         // the length is not known yet
  bool chunked = false;          // with `streamed`: chunks say where the body ends, else the end of the connection
  std::string_view date;         // empty: no Date
  std::string_view server_name;  // empty: no Server
};

// Whether a response with this status has no body and no Content-Length.
bool HttpStatusHasNoBody(int status);
// Replaces `out`.
void RenderHttpResponseHead(std::string& out, const HttpResponse& response, const HttpResponseFacts& facts);

}  // namespace hearth
