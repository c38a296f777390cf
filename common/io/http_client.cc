#include "common/io/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <mutex>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace hearth {
namespace {

struct CurlDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

// What curl's callbacks fill while a request runs.
struct Receipt {
  HttpResponse response;
  size_t max_body_bytes = 0;
  bool too_large = false;
};

size_t OnBody(char* data, size_t, size_t size, void* user) {
  Receipt& receipt = *static_cast<Receipt*>(user);
  if (size > receipt.max_body_bytes - receipt.response.body.size()) {
    receipt.too_large = true;
    return 0;  // ends the transfer
  }
  receipt.response.body.append(data, size);
  return size;
}

size_t OnHeader(char* data, size_t, size_t size, void* user) {
  Receipt& receipt = *static_cast<Receipt*>(user);
  const absl::string_view line = absl::StripAsciiWhitespace(absl::string_view(data, size));
  if (absl::StartsWith(line, "HTTP/")) receipt.response.headers.fields.clear();  // a 100 Continue came before
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) return size;
  receipt.response.headers.Add(std::string(line.substr(0, colon)),
                               std::string(absl::StripLeadingAsciiWhitespace(line.substr(colon + 1))));
  return size;
}

HeaderList MakeHeaderList(const HttpHeaders& headers) {
  curl_slist* list = curl_slist_append(nullptr, "Expect:");  // never wait for a 100 Continue
  bool typed = false;
  for (const auto& [name, value] : headers.fields) {
    typed = typed || absl::EqualsIgnoreCase(name, "content-type");
    // "Name;" is curl's way to write a header with an empty value.
    list = curl_slist_append(list, (value.empty() ? name + ";" : absl::StrCat(name, ": ", value)).c_str());
  }
  if (!typed) list = curl_slist_append(list, "Content-Type:");  // else curl says a form was posted
  return HeaderList(list);
}

absl::Status ToStatus(CURLcode code, const Receipt& receipt, const char* detail, const std::string& url) {
  if (code == CURLE_OK) return absl::OkStatus();
  if (receipt.too_large) {
    return absl::ResourceExhaustedError(
        absl::StrCat(url, ": answer is larger than ", receipt.max_body_bytes, " bytes"));
  }
  const std::string text = absl::StrCat(url, ": ", *detail != '\0' ? detail : curl_easy_strerror(code));
  if (code == CURLE_OPERATION_TIMEDOUT) return absl::DeadlineExceededError(text);
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) return absl::InvalidArgumentError(text);
  return absl::UnavailableError(text);
}

class CurlClient final : public HttpClient {
 public:
  CurlClient() : handle_(curl_easy_init()) {}

  absl::StatusOr<HttpResponse> Send(const HttpClientRequest& request) override {
    CURL* const curl = handle_.get();
    if (curl == nullptr) return absl::ResourceExhaustedError("curl has no memory");
    curl_easy_reset(curl);  // options only; the connection stays open for the next request
    Receipt receipt;
    receipt.max_body_bytes = request.max_body_bytes;
    char detail[CURL_ERROR_SIZE] = "";
    const HeaderList headers = MakeHeaderList(request.headers);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &OnBody);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receipt);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &OnHeader);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &receipt);
    SetTarget(curl, request);
    SetMethod(curl, request);
    const CURLcode code = curl_easy_perform(curl);
    if (const absl::Status status = ToStatus(code, receipt, detail, request.url); !status.ok()) return status;
    long status_code = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status_code);
    receipt.response.status = static_cast<int>(status_code);
    return std::move(receipt.response);
  }

 private:
  static void SetTarget(CURL* curl, const HttpClientRequest& request) {
    curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);  // a signature covers the path as written
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, request.unix_socket.empty() ? "localhost,127.0.0.1,::1" : "*");
    if (!request.unix_socket.empty()) curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
  }

  static void SetMethod(CURL* curl, const HttpClientRequest& request) {
    if (request.method == "HEAD") {
      curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
      return;
    }
    const bool has_body = !request.body.empty() || request.method == "POST" || request.method == "PUT";
    if (has_body) {
      curl_easy_setopt(curl, CURLOPT_POST, 1L);
      curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }

  std::unique_ptr<CURL, CurlDeleter> handle_;
};

}  // namespace

std::unique_ptr<HttpClient> HttpClient::Create() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  return std::make_unique<CurlClient>();
}

}  // namespace hearth
