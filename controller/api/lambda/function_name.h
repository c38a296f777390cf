// FunctionName reads every form in which a client may name a function, and its qualifier.
//
// Shapes:  "name", "name:q", "function:name[:q]", "{account}:function:name[:q]", "{region}:{account}:…", a full
// ARN[:q]. Errors:  in this order: ValidationException (all constraints together), then a qualifier that differs,
// another region,
//          another account.
// Threads: value types.
// Source:  semantics.md §1; api.md "Long patterns"; errors.tsv "Names, ARNs, qualifiers".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "controller/api/lambda/validation.h"

namespace hearth::controller {

struct FunctionName {
  std::string region;   // empty when not named
  std::string account;  // empty when not named
  std::string name;
  std::string qualifier;  // empty when not named

  // Get, Delete, Invoke: dots pass, "$LATEST.PUBLISHED" too. nullopt when the pattern does not match.
  static std::optional<FunctionName> Parse(std::string_view text);
  // Create and Update*: no dots.
  static std::optional<FunctionName> ParseStrict(std::string_view text);
};

extern const TextPattern kNamespacedFunctionNamePattern;
extern const TextPattern kFunctionNamePattern;
extern const TextPattern kUnqualifiedFunctionNamePattern;

// The endpoint a request came to and who sent it.
struct FunctionScope {
  std::string region;
  std::string account;
  bool other_accounts = false;  // the operation takes functions of other accounts, too: it has been authorised for them
};

struct FunctionTarget {
  std::string name;
  std::string qualifier;     // empty when the client gave none
  std::string account = {};  // whose it is; empty: the scope's

  std::string Arn(const FunctionScope& scope) const;  // with the qualifier the client gave
};

std::string FunctionArn(const FunctionScope& scope, std::string_view name);

// For operations on what exists. `qualifier_parameter` is the Qualifier of the query; nullptr when not given.
absl::StatusOr<FunctionTarget> ReadFunctionTarget(std::string_view function_name,
                                                  const std::string* qualifier_parameter, const FunctionScope& scope);
// For Update*: a qualifier is refused. `validation` collects what else the request breaks.
void ValidateStrictName(std::string_view function_name, Validation& validation);
absl::StatusOr<std::string> ReadUnqualifiedName(std::string_view function_name, const FunctionScope& scope);

// For operations on what exists that know no versions: a qualifier is refused.
absl::StatusOr<std::string> ReadNameOfFunction(std::string_view function_name, const FunctionScope& scope);

absl::Status FunctionNotFound(std::string_view arn);

}  // namespace hearth::controller
