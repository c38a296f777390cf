#include "cli/iam_client.h"

#include <fmt/format.h>

#include "absl/strings/str_replace.h"
#include "common/errors.h"
#include "common/sigv4.h"
#include "common/uri.h"

namespace hearth::cli {
namespace {

constexpr char kVersion[] = "2010-05-08";
constexpr int kMaxPages = 1000;

std::string HostOf(const std::string& url) {
  const size_t scheme = url.find("://");
  const std::string rest = scheme == std::string::npos ? url : url.substr(scheme + 3);
  return rest.substr(0, rest.find('/'));
}

// Where the element that begins at `open` ends: behind its closing tag.
size_t EndOf(std::string_view xml, std::string_view opening, std::string_view closing, size_t open) {
  int depth = 0;
  for (size_t at = open; at < xml.size();) {
    const size_t next_open = xml.find(opening, at);
    const size_t next_close = xml.find(closing, at);
    if (next_close == std::string_view::npos) return std::string_view::npos;
    if (next_open < next_close) {
      ++depth;
      at = next_open + opening.size();
    } else {
      at = next_close + closing.size();
      if (--depth == 0) return at;
    }
  }
  return std::string_view::npos;
}

}  // namespace

std::vector<std::string> ElementsOf(std::string_view xml, std::string_view tag) {
  const std::string opening = fmt::format("<{}>", tag);
  const std::string closing = fmt::format("</{}>", tag);
  std::vector<std::string> found;
  for (size_t open = xml.find(opening); open != std::string_view::npos;) {
    const size_t end = EndOf(xml, opening, closing, open);
    if (end == std::string_view::npos) break;
    const size_t begin = open + opening.size();
    found.emplace_back(xml.substr(begin, end - closing.size() - begin));
    open = xml.find(opening, end);
  }
  return found;
}

std::string TextOf(std::string_view xml, std::string_view tag) {
  const std::vector<std::string> found = ElementsOf(xml, tag);
  if (found.empty()) return "";
  return absl::StrReplaceAll(found[0],
                             {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#xD;", "\r"}, {"&amp;", "&"}});
}

absl::StatusOr<std::string> IamClient::Ask(const std::string& action, const Parameters& parameters) {
  HttpRequest request;
  request.method = "POST";
  request.target = "/";
  request.body = fmt::format("Action={}&Version={}", action, kVersion);
  for (const auto& [name, value] : parameters) request.body += fmt::format("&{}={}", UriEncode(name), UriEncode(value));
  request.headers.Add("Host", HostOf(profile_.endpoint_url));
  request.headers.Add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  const std::string amz_date = FormatAmzDate(clock_.Wall());
  SignSigV4(request, profile_.credentials, {amz_date.substr(0, 8), profile_.region, "iam"}, amz_date);
  std::string url = profile_.endpoint_url;
  while (url.ends_with('/')) url.pop_back();
  ASSIGN_OR_RETURN(
      const HttpResponse response,
      client_.Send({.method = request.method, .url = url + "/", .headers = request.headers, .body = request.body}));
  if (response.status == 200) return response.body;
  return absl::InternalError(fmt::format("the service answered {} {}: {}", response.status,
                                         TextOf(response.body, "Code"), TextOf(response.body, "Message")));
}

absl::StatusOr<std::vector<std::string>> IamClient::List(const std::string& action, Parameters parameters,
                                                         std::string_view list) {
  std::vector<std::string> members;
  const size_t given = parameters.size();
  for (int page = 0; page < kMaxPages; ++page) {
    ASSIGN_OR_RETURN(const std::string answer, Ask(action, parameters));
    for (const std::string& found : ElementsOf(answer, list)) {
      for (std::string& member : ElementsOf(found, "member")) members.push_back(std::move(member));
    }
    const std::string marker = TextOf(answer, "Marker");
    if (marker.empty()) return members;
    parameters.resize(given);
    parameters.emplace_back("Marker", marker);
  }
  return absl::InternalError(fmt::format("{} did not come to an end", action));
}

}  // namespace hearth::cli
