#include "controller/api/lambda/function_name.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/patterns.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxFunctionNameParameter = 256;  // P:NamespacedFunctionName, the whole of it
constexpr size_t kMaxStrictFunctionNameParameter = 140;
constexpr size_t kMaxQualifier = 128;

bool IsNameCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

bool IsName(std::string_view text, bool allow_dots) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [&](char c) { return IsNameCharacter(c) || (allow_dots && c == '.'); });
}

bool IsQualifier(std::string_view text, bool allow_published) {
  return text == "$LATEST" || (allow_published && text == "$LATEST.PUBLISHED") || IsName(text, /*allow_dots=*/false);
}

// "name" or "name:qualifier" and nothing after.
bool ReadNameAndQualifier(std::string_view text, bool namespaced, FunctionName& parsed) {
  const size_t colon = text.find(':');
  if (!IsName(text.substr(0, colon), namespaced)) return false;
  parsed.name = text.substr(0, colon);
  if (colon == std::string_view::npos) return true;
  if (!IsQualifier(text.substr(colon + 1), namespaced)) return false;
  parsed.qualifier = text.substr(colon + 1);
  return true;
}

// Takes "part:" off the front when `accepts(part)`.
template <class Accepts>
bool TakePart(std::string_view& text, Accepts accepts, std::string& part) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || !accepts(text.substr(0, colon))) return false;
  part = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  return true;
}

// Takes "arn:aws…:lambda:" off the front; false when the text begins with "arn:" and is no Lambda ARN.
bool TakeArnPrefix(std::string_view& text, bool& is_arn) {
  is_arn = text.starts_with("arn:");
  if (!is_arn) return true;
  std::string_view rest = text.substr(4);
  std::string partition, service;
  const auto is_partition = [](std::string_view part) {
    return part.empty() || (part.starts_with("aws") && std::all_of(part.begin() + 3, part.end(), [](char c) {
                              return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
                            }));
  };
  if (!TakePart(rest, is_partition, partition)) return false;
  if (!TakePart(
          rest, [](std::string_view part) { return part == "lambda"; }, service))
    return false;
  text = rest;
  return true;
}

// The optional prefixes are taken greedily and given up one by one, as the regular expression does.
std::optional<FunctionName> ParseName(std::string_view text, bool namespaced) {
  bool is_arn = false;
  if (!TakeArnPrefix(text, is_arn)) return std::nullopt;
  for (const bool with_region : {true, false}) {
    for (const bool with_account : {true, false}) {
      for (const bool with_function : {true, false}) {
        if (is_arn && !(with_region && with_account)) continue;  // an ARN names both
        FunctionName parsed;
        std::string_view rest = text;
        std::string word;
        if (with_region && !TakePart(rest, IsRegion, parsed.region)) continue;
        if (with_account && !TakePart(rest, IsAccountId, parsed.account)) continue;
        const auto is_function = [](std::string_view part) { return part == "function"; };
        if (with_function && !TakePart(rest, is_function, word)) continue;
        if (ReadNameAndQualifier(rest, namespaced, parsed)) return parsed;
      }
    }
  }
  return std::nullopt;
}

absl::Status QualifierRefused() {
  return AwsError("InvalidParameterValueException",
                  "This operation is permitted on Lambda functions only. Aliases and versions do not support this "
                  "operation. Please specify either a function name or an unqualified function ARN.");
}

absl::Status CheckScope(const FunctionName& parsed, const FunctionScope& scope) {
  if (!parsed.region.empty() && parsed.region != scope.region) {
    return AwsError(
        "ResourceNotFoundException",
        fmt::format("Functions from '{}' are not reachable in this region ('{}')", parsed.region, scope.region));
  }
  const bool foreign = !parsed.account.empty() && parsed.account != scope.account;
  if (foreign && !scope.other_accounts) return AccessDeniedError();
  return absl::OkStatus();
}

}  // namespace

std::optional<FunctionName> FunctionName::Parse(std::string_view text) { return ParseName(text, /*namespaced=*/true); }

std::optional<FunctionName> FunctionName::ParseStrict(std::string_view text) {
  return ParseName(text, /*namespaced=*/false);
}

const TextPattern kNamespacedFunctionNamePattern = {
    R"((arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?)"
    R"(([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?)",
    [](std::string_view text) { return FunctionName::Parse(text).has_value(); }};

const TextPattern kFunctionNamePattern = {
    R"((arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?)"
    R"(([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?)",
    [](std::string_view text) { return FunctionName::ParseStrict(text).has_value(); }};

const TextPattern kUnqualifiedFunctionNamePattern = {
    R"((arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?)"
    R"(([a-zA-Z0-9-_]+))",
    [](std::string_view text) {
      const std::optional<FunctionName> parsed = FunctionName::ParseStrict(text);
      return parsed && parsed->qualifier.empty();
    }};

std::string FunctionArn(const FunctionScope& scope, std::string_view name) {
  return fmt::format("arn:aws:lambda:{}:{}:function:{}", scope.region, scope.account, name);
}

std::string FunctionTarget::Arn(const FunctionScope& scope) const {
  const std::string arn = FunctionArn({scope.region, account.empty() ? scope.account : account}, name);
  return qualifier.empty() ? arn : fmt::format("{}:{}", arn, qualifier);
}

absl::StatusOr<FunctionTarget> ReadFunctionTarget(std::string_view function_name,
                                                  const std::string* qualifier_parameter, const FunctionScope& scope) {
  Validation validation;
  if (qualifier_parameter != nullptr) {
    validation.Length("qualifier", *qualifier_parameter, 1, kMaxQualifier);
    if (!qualifier_parameter->empty()) validation.Pattern("qualifier", *qualifier_parameter, kQualifierPattern);
  }
  validation.Length("functionName", function_name, 1, kMaxFunctionNameParameter);
  validation.Pattern("functionName", function_name, kNamespacedFunctionNamePattern);
  RETURN_IF_ERROR(validation.Result());
  const FunctionName parsed = *FunctionName::Parse(function_name);
  if (qualifier_parameter != nullptr && !parsed.qualifier.empty() && parsed.qualifier != *qualifier_parameter) {
    return AwsError("InvalidParameterValueException",
                    "The derived qualifier from the function name does not match the specified qualifier.");
  }
  RETURN_IF_ERROR(CheckScope(parsed, scope));
  return FunctionTarget{parsed.name, qualifier_parameter != nullptr ? *qualifier_parameter : parsed.qualifier,
                        parsed.account.empty() ? scope.account : parsed.account};
}

void ValidateStrictName(std::string_view function_name, Validation& validation) {
  validation.Length("functionName", function_name, 1, kMaxStrictFunctionNameParameter);
  validation.Pattern("functionName", function_name, kFunctionNamePattern);
}

absl::StatusOr<std::string> ReadUnqualifiedName(std::string_view function_name, const FunctionScope& scope) {
  const std::optional<FunctionName> parsed = FunctionName::ParseStrict(function_name);
  if (!parsed) return absl::InternalError("the name was not validated");
  RETURN_IF_ERROR(CheckScope(*parsed, scope));
  if (!parsed->qualifier.empty()) return QualifierRefused();
  return parsed->name;
}

absl::StatusOr<std::string> ReadNameOfFunction(std::string_view function_name, const FunctionScope& scope) {
  ASSIGN_OR_RETURN(FunctionTarget target, ReadFunctionTarget(function_name, nullptr, scope));
  if (!target.qualifier.empty()) return QualifierRefused();
  return std::move(target.name);
}

absl::Status FunctionNotFound(std::string_view arn) {
  return AwsError("ResourceNotFoundException", fmt::format("Function not found: {}", arn));
}

}  // namespace hearth::controller
