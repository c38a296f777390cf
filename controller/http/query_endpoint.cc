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

HttpResponse RenderError(const absl::Status& status, std::string_view xml_namespace, const std::string& request_id) {
  const Code code = CodeOf(status);
  const bool ours = code.http_status >= 500;
  if (ours) LogError("an operation failed", {{"request_id", request_id}, {"error", status.ToString()}});
  XmlWriter xml;
  xml.Element("Error", [&] {
    xml.Text("Type", ours ? "Receiver" : "Sender");
    xml.Text("Code", code.code.empty() ? *AwsErrorShape(status) : std::string(code.code));
    xml.Text("Message", ours ? std::string("An internal error occurred; its operator can see why in the log.")
                             : std::string(status.message()));
  });
  xml.Text("RequestId", request_id);
  HttpResponse response;
  response.status = code.http_status;
  response.body = fmt::format("<ErrorResponse xmlns=\"{}\">{}</ErrorResponse>", xml_namespace, xml.Take());
  return response;
}

// IAM and STS answer one global region's signatures wherever they are.
constexpr bool kGlobal = true;

bool IsForm(const HttpRequest& request) { return request.headers.Find("Content-Type").value_or("").starts_with(kForm); }

std::string_view FormOf(const HttpRequest& request) {
  return request.method == "GET" ? request.query() : std::string_view(request.body);
}

}  // namespace

bool QueryEndpoint::SpeaksQuery(const HttpRequest& head) {
  if (head.path() != "/") return false;
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

HttpResponse QueryEndpoint::Answer(QueryService& service, HttpRequest request, const std::string& request_id,
                                   const std::string& source_ip) const {
  ApiCall call;
  call.request_id = request_id;
  call.source_ip = source_ip;
  const absl::StatusOr<QueryInput> input = QueryInput::Read(FormOf(request));
  const std::string action = input.ok() ? input->TextOr("Action", "").substr(0, kMaxEchoed) : "";
  const absl::StatusOr<std::string> result =
      input.ok() ? Run(service, std::move(request), std::move(call), action, *input)
                 : AwsError("ValidationException", std::string(input.status().message()));
  HttpResponse response;
  if (!result.ok()) {
    response = RenderError(result.status(), service.xml_namespace(), request_id);
  } else {
    // An action that succeeded is one of the service's names: it needs no escaping.
    response.body = fmt::format(
        "<{0}Response xmlns=\"{1}\"><{0}Result>{2}</{0}Result><ResponseMetadata><RequestId>{3}</RequestId>"
        "</ResponseMetadata></{0}Response>",
        action, service.xml_namespace(), *result, request_id);
  }
  response.headers.Add("Content-Type", "text/xml");
  return response;
}

absl::StatusOr<std::string> QueryEndpoint::Run(QueryService& service, HttpRequest request, ApiCall call,
                                               const std::string& action, const QueryInput& input) const {
  if (request.body_oversized) return AwsError("RequestEntityTooLargeException", "The request body is too large.");
  if (!service.IsUnsigned(action)) {
    AuthResult verified = verifier_.Verify(request, service.signing_name(), kGlobal, RequestVerifier::Use::kOnce);
    if (const AuthFailure* failure = std::get_if<AuthFailure>(&verified)) {
      return AwsError(failure->shape, failure->message);
    }
    call.caller = std::get<Identity>(std::move(verified));
  }
  call.headers = std::move(request.headers);
  return service.Handle(call, action, input);
}

}  // namespace hearth::controller
