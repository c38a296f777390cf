#include "controller/api/lambda/versions/alias_routing.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <utility>
#include <vector>

#include "controller/api/aws_error.h"
#include "controller/api/lambda/patterns.h"

namespace hearth::controller {
namespace {

constexpr char kMember[] = "routingConfig.additionalVersionWeights";
constexpr size_t kMaxVersionBytes = 1024;

absl::Status Invalid(std::string_view message) { return AwsError("InvalidParameterValueException", message); }

bool IsVersionNumber(const std::string& key) {
  return key.size() <= kMaxVersionBytes && kVersionNumberPattern.matches(key);
}

void ValidateWeights(const AliasRouting& routing, Validation& validation) {
  std::vector<std::string> shown;
  for (const auto& [version, weight] : routing.weights) {
    shown.push_back(fmt::format("{}={}", version, ShowJavaDouble(weight)));
  }
  const std::string map = fmt::format("{{{}}}", fmt::join(shown, ", "));
  const auto& weights = routing.weights;
  if (!std::all_of(weights.begin(), weights.end(), [](const auto& pair) { return IsVersionNumber(pair.first); })) {
    validation.Fail(kMember, map,
                    "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member "
                    "must have length greater than or equal to 1, Member must satisfy regular expression pattern: "
                    "[0-9]+]");
  }
  if (!std::all_of(weights.begin(), weights.end(),
                   [](const auto& pair) { return pair.second >= 0 && pair.second <= 1; })) {
    validation.Fail(kMember, map,
                    "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must "
                    "have value greater than or equal to 0.0, Member must not be null]");
  }
}

}  // namespace

std::optional<AliasRouting> ReadAliasRouting(BodyReader& body, Validation& validation) {
  const Json* config = body.Object("RoutingConfig");
  if (config == nullptr) return std::nullopt;
  BodyReader nested(*config);
  const auto weights = nested.NumberMap("AdditionalVersionWeights");
  body.Absorb(nested);
  if (!weights) return std::nullopt;
  AliasRouting routing{*weights};
  ValidateWeights(routing, validation);
  return routing;
}

absl::Status ApplyAliasRouting(const AliasRouting& routing, records::Alias& alias) {
  if (routing.weights.size() > 1)
    return Invalid("Number of items in AdditionalVersionWeights cannot be greater than 1");
  alias.clear_additional_version();
  alias.clear_additional_weight();
  if (routing.weights.empty()) return absl::OkStatus();
  alias.set_additional_version(routing.weights[0].first);
  alias.set_additional_weight(routing.weights[0].second);
  return absl::OkStatus();
}

absl::Status CheckAliasTargets(const records::Alias& alias) {
  if (alias.additional_version().empty()) return absl::OkStatus();
  if (alias.additional_version() == alias.function_version()) {
    return Invalid(
        fmt::format("Invalid function version {0}. Function version {0} is already included in routing configuration.",
                    alias.function_version()));
  }
  if (alias.function_version().starts_with("$LATEST")) {
    return AwsErrorWithoutType("InvalidParameterValueException",
                               "$LATEST is not supported for an alias pointing to more than 1 version");
  }
  return absl::OkStatus();
}

absl::Status CheckAlike(const records::FunctionVersion& main, const records::FunctionVersion& additional) {
  const auto differ = [&](std::string_view in) {
    return Invalid(fmt::format("Versions {} and {} of the routing configuration must have the same {}.", main.version(),
                               additional.version(), in));
  };
  if (main.role() != additional.role()) return differ("execution role");
  if (main.dead_letter_arn() != additional.dead_letter_arn()) return differ("dead-letter queue, or none");
  return absl::OkStatus();
}

std::string ShowJavaDouble(double value) {
  const double size = std::fabs(value);
  const bool plain = value == 0 || (size >= 1e-3 && size < 1e7);
  char shortest[64];
  const auto end = std::to_chars(std::begin(shortest), std::end(shortest), value,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific);
  const std::string text(shortest, end.ptr);
  const size_t e = std::min(text.find('e'), text.size());
  std::string digits = text.substr(0, e);
  if (digits.find('.') == std::string::npos) digits += ".0";
  if (e == text.size()) return digits;
  const bool negative = text[e + 1] == '-';
  const size_t first = text.find_first_not_of('0', e + 2);
  return fmt::format("{}E{}{}", digits, negative ? "-" : "", text.substr(first));
}

}  // namespace hearth::controller
