#include "controller/api/lambda/code_signing/code_signing_arn.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/arn.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/patterns.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kKind = "code-signing-config:";
constexpr std::string_view kIdBegin = "csc-";
constexpr size_t kIdCharacters = 17;

bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsConfigId(std::string_view text) {
  if (!text.starts_with(kIdBegin) || text.size() != kIdBegin.size() + kIdCharacters) return false;
  text.remove_prefix(kIdBegin.size());
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || IsDigit(c); });
}

bool IsConfigArn(std::string_view text) {
  const std::optional<Arn> arn = Arn::Parse(text);
  if (!arn || arn->service != "lambda" || !IsRegion(arn->region) || !IsAccountId(arn->account)) return false;
  const std::string_view resource = arn->resource, partition = arn->partition;
  const bool is_partition =
      partition.empty() || (partition.starts_with("aws") && std::all_of(partition.begin() + 3, partition.end(),
                                                                        [](char c) { return IsAlpha(c) || c == '-'; }));
  return is_partition && resource.starts_with(kKind) && IsConfigId(resource.substr(kKind.size()));
}

bool IsAnyArn(std::string_view text) {
  const std::optional<Arn> arn = Arn::Parse(text);
  if (!arn || arn->service.empty()) return false;
  const auto word = [](char c) { return IsAlpha(c) || IsDigit(c) || c == '-'; };
  return arn->partition.starts_with("aws") && std::all_of(arn->partition.begin(), arn->partition.end(), word) &&
         std::all_of(arn->service.begin(), arn->service.end(), word) &&
         (arn->region.empty() || IsRegion(arn->region)) && (arn->account.empty() || IsAccountId(arn->account));
}

}  // namespace

const TextPattern kCodeSigningConfigArnPattern = {
    R"(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:)"
    R"(code-signing-config:csc-[a-z0-9]{17})",
    IsConfigArn};

const TextPattern kAnyArnPattern = {
    R"(arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:)"
    R"((\d{12})?:(.*))",
    IsAnyArn};

std::string CodeSigningConfigArn(const records::CodeSigningConfig& config) {
  return fmt::format("arn:aws:lambda:{}:{}:{}{}", config.region(), config.account(), kKind, config.id());
}

std::string CodeSigningConfigId(std::string_view arn, std::string_view region, std::string_view account) {
  const std::optional<Arn> parsed = IsConfigArn(arn) ? Arn::Parse(arn) : std::nullopt;
  if (!parsed || parsed->region != region || parsed->account != account) return "";
  return parsed->resource.substr(kKind.size());
}

absl::Status CodeSigningConfigNotFound(std::string_view arn) {
  return AwsErrorWithoutType("ResourceNotFoundException",
                             fmt::format("The Lambda code signing configuration {} can not be found.", arn));
}

}  // namespace hearth::controller
