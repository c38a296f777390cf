#include "controller/api/sns/sns_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "controller/api/aws_error.h"

namespace hearth::controller {
namespace {

struct SnsError {
  std::string_view shape;
  std::string_view code;
  int http_status;
};

constexpr SnsError kErrors[] = {
    {"AccessDeniedException", "AuthorizationError", 403},
    {"BatchEntryIdsNotDistinct", "BatchEntryIdsNotDistinct", 400},
    {"BatchRequestTooLong", "BatchRequestTooLong", 400},
    {"EmptyBatchRequest", "EmptyBatchRequest", 400},
    {"InvalidBatchEntryId", "InvalidBatchEntryId", 400},
    {"InvalidParameter", "InvalidParameter", 400},
    {"InvalidParameterValue", "ParameterValueInvalid", 400},
    {"MissingParameter", "InvalidParameter", 400},
    {"NotFound", "NotFound", 404},
    {"ResourceNotFound", "ResourceNotFound", 404},
    {"SubscriptionLimitExceeded", "SubscriptionLimitExceeded", 403},
    {"TagLimitExceeded", "TagLimitExceeded", 400},
    {"Throttled", "Throttled", 429},
    {"TooManyEntriesInBatchRequest", "TooManyEntriesInBatchRequest", 400},
    {"TopicLimitExceeded", "TopicLimitExceeded", 403},
};

}  // namespace

std::optional<QueryError> SnsErrorOf(std::string_view shape) {
  const auto* const found =
      std::find_if(std::begin(kErrors), std::end(kErrors), [&](const SnsError& error) { return error.shape == shape; });
  if (found == std::end(kErrors)) return std::nullopt;
  return QueryError{std::string(found->code), found->http_status};
}

absl::Status ToSnsError(const absl::Status& status) {
  if (status.ok() || AwsErrorShape(status)) return status;
  const std::string_view text(status.message().data(), status.message().size());
  if (absl::IsNotFound(status)) return AwsError("NotFound", text);
  if (absl::IsResourceExhausted(status)) return AwsError("Throttled", text);
  return status;
}

absl::Status InvalidSns(std::string_view reason) {
  return AwsError("InvalidParameter", fmt::format("Invalid parameter: {}", reason));
}

absl::Status MissingSns(std::string_view parameter) {
  return InvalidSns(fmt::format("{} Reason: no value for required parameter", parameter));
}

absl::Status UnsupportedSns(std::string_view parameter, std::string_view value) {
  constexpr size_t kMaxShown = 100;
  return InvalidSns(fmt::format("{} Reason: {} is not supported by Hearth", parameter, value.substr(0, kMaxShown)));
}

}  // namespace hearth::controller
