#include "controller/topics/http_poster.h"

#include <fmt/format.h>

#include "common/io/http_client.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxAnswerBytes = 65536;

absl::Status Send(const HttpPost& post) {
  HttpClientRequest request;
  request.method = "POST";
  request.url = post.url;
  request.headers = post.headers;
  request.body = post.body;
  request.timeout = HttpPoster::kTimeout;
  request.max_body_bytes = kMaxAnswerBytes;
  const absl::StatusOr<HttpResponse> response = HttpClient::Create()->Send(request);
  return response.ok() ? ResultOfPost(response->status) : absl::UnavailableError(response.status().message());
}

}  // namespace

absl::Status ResultOfPost(int http_status) {
  if (http_status >= 200 && http_status < 300) return absl::OkStatus();
  const std::string text = fmt::format("the endpoint answered {}", http_status);
  const bool again = http_status == 429 || http_status < 300 || http_status >= 500;
  return again ? absl::UnavailableError(text) : absl::InvalidArgumentError(text);
}

void HttpPoster::Post(HttpPost post, Done done) {
  const auto shared = std::make_shared<const HttpPost>(std::move(post));
  const absl::Status submitted = threads_.Submit(
      [this, shared, done] { done(stopping_ ? absl::CancelledError("the controller is stopping") : Send(*shared)); });
  if (!submitted.ok()) done(absl::ResourceExhaustedError("too many messages wait to be posted"));
}

}  // namespace hearth::controller
