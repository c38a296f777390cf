// LogsInput reads the members of a CloudWatch Logs request and answers AWS's validation errors for them.
//
// Errors:  InvalidParameterException for a missing member or a value out of range, or for a member Hearth does not
// carry
//          out; SerializationException for a value of the wrong type.
// Threads: a view of a Json that outlives it.
// Source:  botocore's model of logs 2014-03-28; texts recorded from AWS (events.md "CloudWatch Logs rules").
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/io/json.h"

namespace hearth::controller {

absl::Status InvalidLogsParameter(std::string_view text);
// "1 validation error detected: Value 'v' at 'member' failed to satisfy constraint: Member must …"
absl::Status LogsConstraintError(std::string_view value, std::string_view member, std::string_view constraint);
// The domain's failures as CloudWatch Logs names them.
absl::Status ToLogsError(const absl::Status& status);

class LogsInput {
 public:
  explicit LogsInput(const Json& json) : json_(json) {}

  // Refuses every member that is given and not in the list.
  absl::Status AllowOnly(std::initializer_list<std::string_view> members) const;
  absl::StatusOr<std::string> RequiredString(std::string_view member) const;  // 1..512
  absl::StatusOr<std::optional<std::string>> String(std::string_view member, size_t min_size = 1,
                                                    size_t max_size = 512) const;
  absl::StatusOr<std::optional<int64_t>> Integer(std::string_view member, int64_t minimum, int64_t maximum) const;
  absl::StatusOr<std::optional<bool>> Bool(std::string_view member) const;
  absl::StatusOr<std::optional<std::vector<std::string>>> Strings(std::string_view member, size_t max_count) const;
  // nullptr when absent.
  absl::StatusOr<const Json::Array*> List(std::string_view member) const;
  absl::StatusOr<const Json::Object*> Map(std::string_view member) const;

 private:
  const Json* Find(std::string_view member) const;

  const Json& json_;
};

}  // namespace hearth::controller
