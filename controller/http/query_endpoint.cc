#include "controller/http/query_endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "common/errors.h"
#include "common/log.h"
#include "common/uri.h"
#include "controller/api/aws_error.h"
#include "controller/api/query/xml_writer.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kForm = "application/x-www-form-urlencoded";
constexpr size_t kMaxEchoed = 128;

// What the query services call errors that are raised before them, and the status of their own.
struct Code {
  std::string_view shape;
  std::string_view code;
  int http_status;
};
constexpr Code kCodes[] = {
    {"AccessDeniedException", "AccessDenied", 403},
    {"ExpiredTokenException", "ExpiredToken", 403},
    {"IncompleteSignatureException", "IncompleteSignature", 400},
    {"InvalidSignatureException", "SignatureDoesNotMatch", 403},
    {"MissingAuthenticationTokenException", "MissingAuthenticationToken", 403},
    {"RequestEntityTooLargeException", "RequestEntityTooLarge", 413},
    {"TooManyRequestsException", "Throttling", 400},
    {"UnrecognizedClientException", "InvalidClientTokenId", 403},
    {"ValidationException", "ValidationError", 400},
    {"ExpiredWebIdentityToken", "ExpiredTokenException", 400},
    {"IDPRejectedClaim", "IDPRejectedClaim", 403},
    {"AccessDenied", "AccessDenied", 403},
    {"DeleteConflict", "DeleteConflict", 409},
    {"EntityAlreadyExists", "EntityAlreadyExists", 409},
    {"LimitExceeded", "LimitExceeded", 409},
    {"NoSuchEntity", "NoSuchEntity", 404},
};

Code CodeOf(const absl::Status& status) {
  const std::optional<std::string> shape = AwsErrorShape(status);
  if (!shape) return {"", "ServiceFailure", 500};
  const auto* const found =
      std::find_if(std::begin(kCodes), std::end(kCodes), [&](const Code& code) { return code.shape == *shape; });
  return found != std::end(kCodes) ? *found : Code{"", "", 400};
}

struct Rendered {
  std::string code;
  int http_status = 400;
};

Rendered CodeFor(const QueryService& service, const absl::Status& status) {
  const std::string shape = AwsErrorShape(status).value_or("");
  if (const std::optional<QueryError> own = service.ErrorOf(shape)) return {own->code, own->http_status};
  const Code code = CodeOf(status);
  return {code.code.empty() ? shape : std::string(code.code), code.http_status};
}

HttpResponse RenderError(const absl::Status& status, const QueryService& service, const std::string& request_id) {
  const Rendered code = CodeFor(service, status);
  const bool ours = code.http_status >= 500;
  if (ours) LogError("an operation failed", {{"request_id", request_id}, {"error", status.ToString()}});
  XmlWriter xml;
  xml.Element("Error", [&] {
    xml.Text("Type", ours ? "Receiver" : "Sender");
    xml.Text("Code", code.code);
    xml.Text("Message", ours ? std::string("An internal error occurred; its operator can see why in the log.")
                             : std::string(status.message()));
  });
  xml.Text("RequestId", request_id);
  HttpResponse response;
  response.status = code.http_status;
  response.body = fmt::format("<ErrorResponse xmlns=\"{}\">{}</ErrorResponse>", service.xml_namespace(), xml.Take());
  return response;
}

// An action that succeeded is one of the service's names: it needs no escaping.
std::string RenderResult(const QueryService& service, const std::string& action, const std::string& result,
                         const std::string& request_id) {
  const std::string wrapped =
      service.HasResult(action) ? fmt::format("<{0}Result>{1}</{0}Result>", action, result) : std::string();
  return fmt::format(
      "<{0}Response xmlns=\"{1}\">{2}<ResponseMetadata><RequestId>{3}</RequestId></ResponseMetadata></{0}Response>",
      action, service.xml_namespace(), wrapped, request_id);
}

// "/000000000000/orders": older clients of queues ask there.
bool IsQueuePath(std::string_view path) {
  constexpr size_t kAccountDigits = 12;
  if (path.size() < kAccountDigits + 3 || path[0] != '/' || path[kAccountDigits + 1] != '/') return false;
  const std::string_view account = path.substr(1, kAccountDigits);
  return account.find_first_not_of("0123456789") == std::string_view::npos &&
         path.find('/', kAccountDigits + 2) == std::string_view::npos;
}

bool IsForm(const HttpRequest& request) { return request.headers.Find("Content-Type").value_or("").starts_with(kForm); }

std::string_view FormOf(const HttpRequest& request) {
  return request.method == "GET" ? request.query() : std::string_view(request.body);
}

}  // namespace

bool QueryEndpoint::SpeaksQuery(const HttpRequest& head) {
  if (head.path() != "/" && !IsQueuePath(head.path())) return false;
  return head.method == "POST" ? IsForm(head)
                               : head.method == "GET" && head.query().find("Action=") != std::string::npos;
}

QueryService* QueryEndpoint::Find(const HttpRequest& request) const {
  for (const auto& [name, value] : ParseQuery(FormOf(request))) {
    if (name != "Version") continue;
    const auto found = std::find_if(services_.begin(), services_.end(),
                                    [&](const QueryService* service) { return service->version() == value; });
    return found == services_.end() ? nullptr : *found;
  }
  return nullptr;
}

void QueryEndpoint::Answer(QueryService& service, HttpRequest request, QueryOrigin origin,
                           std::function<void(HttpResponse)> done) const {
  const std::string request_id = origin.request_id;
  const auto finish = [&service, request_id, done = std::move(done)](const std::string& action,
                                                                     const absl::StatusOr<std::string>& result) {
    HttpResponse response;
    if (!result.ok()) {
      response = RenderError(result.status(), service, request_id);
    } else {
      response.body = RenderResult(service, action, *result, request_id);
    }
    response.headers.Add("Content-Type", "text/xml");
    done(std::move(response));
  };
  const absl::StatusOr<QueryCallPtr> query = Read(service, std::move(request), std::move(origin));
  if (!query.ok()) return finish("", query.status());
  StartAsync(service.Run(*query), [finish, action = (*query)->action](const absl::StatusOr<std::string>& result) {
    finish(action, result);
  });
}

absl::StatusOr<QueryCallPtr> QueryEndpoint::Read(const QueryService& service, HttpRequest request,
                                                 QueryOrigin origin) const {
  auto query = std::make_shared<QueryCall>();
  absl::StatusOr<QueryInput> input = QueryInput::Read(FormOf(request));
  if (!input.ok()) return AwsError("ValidationException", std::string(input.status().message()));
  query->action = input->TextOr("Action", "").substr(0, kMaxEchoed);
  query->input = *std::move(input);
  if (request.body_oversized) return AwsError("RequestEntityTooLargeException", "The request body is too large.");
  if (!service.IsUnsigned(query->action)) {
    const auto use = service.is_repeatable() ? RequestVerifier::Use::kRepeatable : RequestVerifier::Use::kOnce;
    AuthResult verified = verifier_.Verify(request, service.signing_name(), service.is_global(), use);
    if (const AuthFailure* failure = std::get_if<AuthFailure>(&verified)) {
      return AwsError(failure->shape, failure->message);
    }
    query->call.caller = std::get<Identity>(std::move(verified));
  }
  query->call.request_id = std::move(origin.request_id);
  query->call.source_ip = std::move(origin.source_ip);
  query->call.base_url = std::move(origin.base_url);
  query->path = request.path();
  query->abandoned = std::move(origin.abandoned);
  query->call.headers = std::move(request.headers);
  return QueryCallPtr(std::move(query));
}

}  // namespace hearth::controller
