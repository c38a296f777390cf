#include "common/io/http_server_response.h"

#include <charconv>

#include "absl/strings/match.h"

namespace hearth {
namespace {

std::string_view Reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 507:
      return "Insufficient Storage";
    default:
      return "Other";
  }
}

bool IsServersOwn(const std::string& name, bool send_date) {
  switch (name.size()) {  // most names differ in length already
    case 4:
      return send_date && absl::EqualsIgnoreCase(name, "date");
    case 10:
      return absl::EqualsIgnoreCase(name, "connection") || absl::EqualsIgnoreCase(name, "keep-alive");
    case 14:
      return absl::EqualsIgnoreCase(name, "content-length");
    case 17:
      return absl::EqualsIgnoreCase(name, "transfer-encoding");
    default:
      return false;
  }
}

void AppendClean(std::string& out, std::string_view text) {
  static constexpr std::string_view kForbidden("\r\n\0", 3);
  const size_t begin = out.size();
  out += text;
  if (text.find_first_of(kForbidden) == std::string_view::npos) return;
  for (size_t at = out.find_first_of(kForbidden, begin); at != std::string::npos;
       at = out.find_first_of(kForbidden, at)) {
    out[at] = ' ';
  }
}

void AppendNumber(std::string& out, size_t number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof(digits), number).ptr);
}

}  // namespace

bool HttpStatusHasNoBody(int status) { return status < 200 || status == 204 || status == 304; }

void RenderHttpResponseHead(std::string& out, const HttpResponse& response, const HttpResponseFacts& facts) {
  const int status = response.status >= 100 && response.status <= 999 ? response.status : 500;
  out.assign("HTTP/1.1 ");
  AppendNumber(out, static_cast<size_t>(status));
  out.append(" ").append(Reason(status)).append("\r\n");
  for (const auto& [name, value] : response.headers.fields) {
    if (IsServersOwn(name, !facts.date.empty())) continue;
    AppendClean(out, name);
    out += ": ";
    AppendClean(out, value);
    out += "\r\n";
  }
  if (!facts.date.empty()) out.append("Date: ").append(facts.date).append("\r\n");
  if (!facts.server_name.empty()) out.append("Server: ").append(facts.server_name).append("\r\n");
  if (facts.close) out += "Connection: close\r\n";
  if (facts.http_1_0_kept) out += "Connection: keep-alive\r\n";
  if (facts.streamed) {
    if (facts.chunked) out += "Transfer-Encoding: chunked\r\n";
  } else if (!HttpStatusHasNoBody(status)) {
    out += "Content-Length: ";
    AppendNumber(out, response.body.size());
    out += "\r\n";
  }
  out += "\r\n";
}

}  // namespace hearth
