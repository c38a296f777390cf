// What SNS calls its errors, and the texts it begins them with.
//
// Shapes:  operations answer AwsError with the codes of the query protocol ("InvalidParameter").
// Threads: no state.
// Source:  SNS API Reference, "Common errors"; botocore's model of sns.
#pragma once

#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "controller/api/query_service.h"

namespace hearth::controller {

// nullopt for an error of no topic.
std::optional<QueryError> SnsErrorOf(std::string_view shape);
// A failure of the domain under SNS's name; every other status stays what it is.
absl::Status ToSnsError(const absl::Status& status);

// "Invalid parameter: {reason}"
absl::Status InvalidSns(std::string_view reason);
absl::Status MissingSns(std::string_view parameter);
// What AWS has and Hearth has not.
absl::Status UnsupportedSns(std::string_view parameter, std::string_view value);

}  // namespace hearth::controller
