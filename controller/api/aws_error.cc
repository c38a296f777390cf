#include "controller/api/aws_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "absl/strings/cord.h"
#include "common/io/json.h"

namespace hearth::controller {
namespace {

constexpr char kShapePayload[] = "hearth/aws-error";
constexpr char kReasonPayload[] = "hearth/throttle-reason";
constexpr char kUntypedPayload[] = "hearth/no-type-member";
constexpr char kRetryPayload[] = "hearth/retry-after-seconds";
constexpr std::string_view kServiceException = "ServiceException";

struct Shape {
  std::string_view name;
  int http_status;
  const char* text_member;
  const char* type;  // the "Type" member; nullptr: none
};

// Source: api.md "Error shapes"; those without a Type are raised before the service itself.
constexpr Shape kShapes[] = {
    {"AccessDeniedException", 403, "Message", "User"},
    {"AliasLimitExceededException", 400, "message", "User"},
    {"CodeSigningConfigNotFoundException", 404, "Message", "User"},
    {"CodeStorageExceededException", 400, "message", "User"},
    {"CodeVerificationFailedException", 400, "Message", "User"},
    {"ExpiredTokenException", 403, "message", nullptr},
    {"IncompleteSignatureException", 403, "message", nullptr},
    {"InvalidCodeSignatureException", 400, "Message", "User"},
    {"InvalidParameterValueException", 400, "message", "User"},
    {"InvalidRequestContentException", 400, "message", "User"},
    {"InvalidRuntimeException", 502, "Message", "User"},
    {"InvalidSignatureException", 403, "message", nullptr},
    {"KMSAccessDeniedException", 502, "Message", "User"},
    {"KMSDisabledException", 502, "Message", "User"},
    {"KMSInvalidStateException", 502, "Message", "User"},
    {"KMSNotFoundException", 502, "Message", "User"},
    {"MissingAuthenticationTokenException", 403, "message", nullptr},
    {"PreconditionFailedException", 412, "message", "User"},
    {"ProvisionedConcurrencyConfigNotFoundException", 404, "message", "User"},
    {"RecursiveInvocationException", 400, "Message", "User"},
    {"RequestEntityTooLargeException", 413, "message", nullptr},
    {"RequestTooLargeException", 413, "message", nullptr},
    {"ResourceConflictException", 409, "message", "User"},
    {"ResourceNotFoundException", 404, "Message", "User"},
    {"SerializationException", 400, "Message", nullptr},
    {"ServiceException", 500, "Message", "Service"},
    {"TooManyRequestsException", 429, "message", "User"},
    {"UnknownOperationException", 404, "message", nullptr},
    {"UnrecognizedClientException", 403, "message", nullptr},
    {"UnsupportedMediaTypeException", 415, "message", "User"},
    {"UnsupportedOperationException", 400, "message", "User"},
    {"ValidationException", 400, "message", nullptr},
};

Shape ShapeOf(std::string_view name) {
  const Shape* found =
      std::find_if(std::begin(kShapes), std::end(kShapes), [&](const Shape& s) { return s.name == name; });
  return found != std::end(kShapes) ? *found : Shape{name, 400, "message", "User"};
}

absl::StatusCode CodeOf(int http_status) {
  switch (http_status) {
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 404:
      return absl::StatusCode::kNotFound;
    case 409:
    case 412:
      return absl::StatusCode::kFailedPrecondition;
    case 413:
    case 429:
      return absl::StatusCode::kResourceExhausted;
    default:
      return http_status >= 500 ? absl::StatusCode::kInternal : absl::StatusCode::kInvalidArgument;
  }
}

// What a client may know of a failure that is not theirs.
std::string OwnFailureText(const absl::Status& status) {
  if (absl::IsResourceExhausted(status))
    return "The service has no room for this request; its operator can see why in the log.";
  return "An internal error occurred; its operator can see why in the log.";
}

std::optional<std::string> Payload(const absl::Status& status, const char* name) {
  const absl::optional<absl::Cord> payload = status.GetPayload(name);
  if (!payload) return std::nullopt;
  return std::string(*payload);
}

}  // namespace

absl::Status AwsError(std::string_view shape, std::string_view message) {
  absl::Status status(CodeOf(ShapeOf(shape).http_status), absl::string_view(message.data(), message.size()));
  status.SetPayload(kShapePayload, absl::Cord(absl::string_view(shape.data(), shape.size())));
  return status;
}

absl::Status AwsErrorWithoutType(std::string_view shape, std::string_view message) {
  absl::Status status = AwsError(shape, message);
  status.SetPayload(kUntypedPayload, absl::Cord());
  return status;
}

absl::Status AccessDeniedError() { return AwsError("AccessDeniedException", ""); }

absl::Status AuthorizationError(const absl::Status& answer) {
  if (!absl::IsPermissionDenied(answer)) return answer;
  return AwsError("AccessDeniedException", {answer.message().data(), answer.message().size()});
}

absl::Status TooManyRequestsError(std::string_view reason, int64_t retry_after_seconds) {
  absl::Status status = AwsError("TooManyRequestsException", "Rate Exceeded.");
  status.SetPayload(kReasonPayload, absl::Cord(absl::string_view(reason.data(), reason.size())));
  status.SetPayload(kRetryPayload, absl::Cord(fmt::format("{}", retry_after_seconds)));
  return status;
}

std::optional<std::string> AwsErrorShape(const absl::Status& status) { return Payload(status, kShapePayload); }

HttpResponse RenderRestError(const absl::Status& status) {
  const std::optional<std::string> name = AwsErrorShape(status);
  const Shape shape = ShapeOf(name ? std::string_view(*name) : kServiceException);
  const std::string text = name ? std::string(status.message()) : OwnFailureText(status);
  HttpResponse response;
  response.status = shape.http_status;
  response.headers.Add("x-amzn-ErrorType", std::string(shape.name));
  Json body{Json::Object()};
  if (const auto reason = Payload(status, kReasonPayload)) body.Set("Reason", *reason);
  if (shape.type != nullptr && !Payload(status, kUntypedPayload)) body.Set("Type", shape.type);
  body.Set(shape.text_member, text.empty() ? Json() : Json(text));
  if (const auto retry = Payload(status, kRetryPayload)) response.headers.Add("Retry-After", *retry);
  response.body = body.Dump();
  return response;
}

HttpResponse RenderQueryError(const absl::Status& status, std::string_view request_id) {
  const std::string shape = AwsErrorShape(status).value_or(std::string(kServiceException));
  HttpResponse response;
  response.status = ShapeOf(shape).http_status;
  // Neither a shape nor a text of ours holds what XML would have to escape.
  response.body = fmt::format(
      "<ErrorResponse><Error><Type>{}</Type><Code>{}</Code><Message>This endpoint does not serve it.</Message></Error>"
      "<RequestId>{}</RequestId></ErrorResponse>",
      response.status >= 500 ? "Receiver" : "Sender", shape, request_id);
  return response;
}

HttpResponse RenderJsonRpcError(const absl::Status& status) {
  const std::optional<std::string> name = AwsErrorShape(status);
  HttpResponse response;
  // Lambda shows KMS's error as a failure of a service behind it; from KMS itself it is the client's.
  const bool of_kms = name && *name == "KMSInvalidStateException";
  response.status = name && (of_kms || ShapeOf(*name).http_status < 500) ? 400 : 500;
  const std::string shape = name.value_or("ServiceUnavailableException");
  response.headers.Add("x-amzn-ErrorType", shape);
  Json body{Json::Object()};
  body.Set("__type", shape);
  body.Set("message", name ? std::string(status.message()) : OwnFailureText(status));
  response.body = body.Dump();
  return response;
}

}  // namespace hearth::controller
