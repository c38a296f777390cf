#include "controller/auth/policy_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "common/errors.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kVersionWithVariables = "2012-10-17";
constexpr std::string_view kOldVersion = "2008-10-17";
constexpr size_t kMaxIdBytes = 512;
constexpr size_t kMaxTextBytes = 2048;
constexpr int kColonsOfArn = 5;

absl::Status Malformed(std::string_view text) {
  return absl::InvalidArgumentError(absl::string_view(text.data(), text.size()));
}

size_t MembersOf(const Json& json) {
  size_t count = 0;
  if (json.is_object()) {
    for (const auto& [name, value] : json.as_object()) count += 1 + MembersOf(value);
  } else if (json.is_array()) {
    for (const Json& value : json.as_array()) count += MembersOf(value);
  }
  return count;
}

// Every member of valid JSON has one colon outside of texts. Fewer members than colons: a name was given twice.
size_t ColonsOutsideTexts(std::string_view json) {
  size_t count = 0;
  bool in_text = false;
  for (size_t i = 0; i < json.size(); ++i) {
    if (in_text && json[i] == '\\') {
      ++i;
    } else if (json[i] == '"') {
      in_text = !in_text;
    } else if (!in_text && json[i] == ':') {
      ++count;
    }
  }
  return count;
}

absl::Status AllowOnly(const Json& object, std::initializer_list<std::string_view> members) {
  for (const auto& [name, value] : object.as_object()) {
    if (std::find(members.begin(), members.end(), name) == members.end()) {
      return Malformed(fmt::format("Syntax errors in policy: unknown element {}.", name.substr(0, 80)));
    }
  }
  return absl::OkStatus();
}

// A text, or a list of at least one.
absl::StatusOr<std::vector<std::string>> Texts(std::string_view name, const Json& element) {
  const Json::Array one = {element};
  const Json::Array& list = element.is_array() ? element.as_array() : one;
  if (list.empty()) return Malformed(fmt::format("Syntax errors in policy: {} is empty.", name));
  if (list.size() > PolicyDocument::kMaxEntries) {
    return Malformed(fmt::format("Syntax errors in policy: {} has too many entries.", name));
  }
  std::vector<std::string> texts;
  for (const Json& entry : list) {
    if (!entry.is_string() || entry.as_string().empty() || entry.as_string().size() > kMaxTextBytes) {
      return Malformed(fmt::format("Syntax errors in policy: {} must be texts of 1 to {} bytes.", name, kMaxTextBytes));
    }
    texts.push_back(entry.as_string());
  }
  return texts;
}

// "lambda:Invoke*", "*".
bool IsAction(std::string_view text) {
  if (text == "*") return true;
  const size_t colon = text.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon + 1 == text.size()) return false;
  const auto alphanumeric = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  const std::string_view vendor = text.substr(0, colon);
  const std::string_view name = text.substr(colon + 1);
  return std::all_of(vendor.begin(), vendor.end(), [&](char c) { return alphanumeric(c) || c == '-'; }) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return alphanumeric(c) || c == '*' || c == '?'; });
}

// "*", or what can match an ARN: six parts, or a '*' that stands for those that are missing.
bool IsResource(std::string_view text) {
  if (text == "*") return true;
  if (!text.starts_with("arn:")) return false;
  return std::count(text.begin(), text.end(), ':') >= kColonsOfArn || text.ends_with('*');
}

}  // namespace

absl::StatusOr<PolicyStatement> PolicyStatement::Compile(const Json& statement, PolicyKind kind, bool variables) {
  if (!statement.is_object()) return Malformed("Syntax errors in policy: a statement must be an object.");
  RETURN_IF_ERROR(AllowOnly(statement, {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource",
                                        "NotResource", "Condition"}));
  PolicyStatement compiled;
  if (const Json* sid = statement.Find("Sid")) {
    if (!sid->is_string() || sid->as_string().size() > kMaxIdBytes) {
      return Malformed("Syntax errors in policy: Sid must be a text.");
    }
    compiled.sid_ = sid->as_string();
  }
  const Json* effect = statement.Find("Effect");
  if (effect == nullptr || (*effect != Json("Allow") && *effect != Json("Deny"))) {
    return Malformed("Syntax errors in policy: Effect must be Allow or Deny.");
  }
  compiled.allows_ = *effect == Json("Allow");
  RETURN_IF_ERROR(compiled.CompilePrincipals(statement, kind));
  RETURN_IF_ERROR(compiled.CompileActions(statement, kind));
  RETURN_IF_ERROR(compiled.CompileResources(statement, kind, variables));
  if (const Json* condition = statement.Find("Condition")) {
    RETURN_IF_ERROR(compiled.CompileConditions(*condition, variables));
  }
  return compiled;
}

absl::Status PolicyStatement::CompilePrincipals(const Json& statement, PolicyKind kind) {
  const Json* principal = statement.Find("Principal");
  const Json* not_principal = statement.Find("NotPrincipal");
  if (kind == PolicyKind::kIdentity) {
    if (principal == nullptr && not_principal == nullptr) return absl::OkStatus();
    return Malformed("Policy document should not specify a principal.");
  }
  if ((principal == nullptr) == (not_principal == nullptr)) {
    return Malformed("Missing required field Principal: a statement needs either Principal or NotPrincipal.");
  }
  // What everyone but a few may do is everyone's in the end: AWS takes NotPrincipal for denials only.
  if (not_principal != nullptr && (allows_ || kind == PolicyKind::kTrust)) {
    return Malformed("Has prohibited field NotPrincipal.");
  }
  not_principals_ = not_principal != nullptr;
  ASSIGN_OR_RETURN(principals_, PolicyPrincipals::Compile(not_principals_ ? *not_principal : *principal));
  return absl::OkStatus();
}

absl::Status PolicyStatement::CompileActions(const Json& statement, PolicyKind kind) {
  const Json* action = statement.Find("Action");
  const Json* not_action = statement.Find("NotAction");
  if (action == nullptr && not_action == nullptr) return Malformed("Policy statement must contain actions.");
  if (action != nullptr && not_action != nullptr) {
    return Malformed("Syntax errors in policy: a statement has both Action and NotAction.");
  }
  not_actions_ = not_action != nullptr;
  ASSIGN_OR_RETURN(const std::vector<std::string> texts, Texts("Action", not_actions_ ? *not_action : *action));
  for (const std::string& text : texts) {
    if (!IsAction(text)) {
      return Malformed(fmt::format("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.: {}",
                                   text.substr(0, 80)));
    }
    const bool of_sts = absl::AsciiStrToLower(text).starts_with("sts:") || (text == "*" && !allows_);
    if (kind == PolicyKind::kTrust && !of_sts) {
      return Malformed("AssumeRole policy may only specify STS AssumeRole actions.");
    }
    ASSIGN_OR_RETURN(PolicyPattern pattern,
                     PolicyPattern::Compile(text, {.form = PolicyPattern::Form::kGlob, .ignore_case = true}));
    actions_.push_back(std::move(pattern));
  }
  return absl::OkStatus();
}

absl::Status PolicyStatement::CompileResources(const Json& statement, PolicyKind kind, bool variables) {
  const Json* resource = statement.Find("Resource");
  const Json* not_resource = statement.Find("NotResource");
  if (kind == PolicyKind::kTrust) {
    return resource == nullptr && not_resource == nullptr ? absl::OkStatus()
                                                          : Malformed("Has prohibited field Resource.");
  }
  if (resource == nullptr && not_resource == nullptr) return Malformed("Policy statement must contain resources.");
  if (resource != nullptr && not_resource != nullptr) {
    return Malformed("Syntax errors in policy: a statement has both Resource and NotResource.");
  }
  not_resources_ = not_resource != nullptr;
  ASSIGN_OR_RETURN(const std::vector<std::string> texts, Texts("Resource", not_resources_ ? *not_resource : *resource));
  for (const std::string& text : texts) {
    if (!IsResource(text)) {
      return Malformed(fmt::format("Resource {} must be in ARN format or \"*\".", text.substr(0, 200)));
    }
    ASSIGN_OR_RETURN(PolicyPattern pattern,
                     PolicyPattern::Compile(text, {.form = PolicyPattern::Form::kResource, .variables = variables}));
    resources_.push_back(std::move(pattern));
  }
  return absl::OkStatus();
}

absl::Status PolicyStatement::CompileConditions(const Json& element, bool variables) {
  if (!element.is_object()) return Malformed("Syntax errors in policy: Condition must be an object.");
  for (const auto& [op, keys] : element.as_object()) {
    if (!keys.is_object()) return Malformed(fmt::format("Syntax errors in policy: {} must be an object.", op));
    for (const auto& [key, values] : keys.as_object()) {
      if (conditions_.size() == PolicyDocument::kMaxConditions) {
        return Malformed("Syntax errors in policy: a statement has too many conditions.");
      }
      ASSIGN_OR_RETURN(PolicyCondition condition, PolicyCondition::Compile(op, key, values, variables));
      conditions_.push_back(std::move(condition));
    }
  }
  return absl::OkStatus();
}

Named PolicyStatement::Names(const PolicyCaller& caller) const {
  if (!principals_) return Named::kExactly;
  if (not_principals_) return principals_->Excepts(caller) ? Named::kNo : Named::kAsAnyone;
  return principals_->Names(caller);
}

bool PolicyStatement::Covers(std::string_view lower_case_action, std::string_view resource,
                             const ConditionKeys& keys) const {
  const auto matches = [&](std::string_view text) {
    return [text, &keys](const PolicyPattern& pattern) { return pattern.Matches(text, keys); };
  };
  if (std::any_of(actions_.begin(), actions_.end(), matches(lower_case_action)) == not_actions_) return false;
  if (!resources_.empty() && std::any_of(resources_.begin(), resources_.end(), matches(resource)) == not_resources_) {
    return false;
  }
  return std::all_of(conditions_.begin(), conditions_.end(),
                     [&](const PolicyCondition& condition) { return condition.Holds(keys); });
}

absl::StatusOr<PolicyDocumentPtr> PolicyDocument::Parse(std::string_view json, PolicyKind kind) {
  if (json.size() > kMaxBytes) return Malformed(fmt::format("A policy has at most {} bytes.", kMaxBytes));
  const absl::StatusOr<Json> parsed = Json::Parse(json);
  if (!parsed.ok() || !parsed->is_object()) return Malformed("Syntax errors in policy.");
  if (MembersOf(*parsed) != ColonsOutsideTexts(json)) {
    return Malformed("Syntax errors in policy: an element is given twice.");
  }
  RETURN_IF_ERROR(AllowOnly(*parsed, {"Version", "Id", "Statement"}));
  const Json* version = parsed->Find("Version");
  if (version != nullptr && *version != Json(kVersionWithVariables) && *version != Json(kOldVersion)) {
    return Malformed("Policy document must be version 2012-10-17 or 2008-10-17.");
  }
  const bool variables = version != nullptr && *version == Json(kVersionWithVariables);
  const Json* id = parsed->Find("Id");
  if (id != nullptr && (!id->is_string() || id->as_string().size() > kMaxIdBytes)) {
    return Malformed("Syntax errors in policy: Id must be a text.");
  }
  const Json* statement = parsed->Find("Statement");
  if (statement == nullptr) return Malformed("Syntax errors in policy: Statement is missing.");
  const Json::Array one = {*statement};
  const Json::Array& list = statement->is_array() ? statement->as_array() : one;
  if (list.empty() || list.size() > kMaxStatements) {
    return Malformed(fmt::format("Syntax errors in policy: a policy has 1 to {} statements.", kMaxStatements));
  }
  auto document = std::make_shared<PolicyDocument>();
  std::set<std::string, std::less<>> sids;
  for (const Json& entry : list) {
    ASSIGN_OR_RETURN(PolicyStatement compiled, PolicyStatement::Compile(entry, kind, variables));
    if (!compiled.sid().empty() && !sids.insert(compiled.sid()).second) {
      return Malformed("Statement IDs (SID) in a single policy must be unique.");
    }
    document->denies_anything_ = document->denies_anything_ || !compiled.allows();
    document->statements_.push_back(std::move(compiled));
  }
  return PolicyDocumentPtr(std::move(document));
}

}  // namespace hearth::controller
