// NaiveEvaluator judges by the JSON of policies, as slowly and plainly as the specification is written. It shares no
// code with the one it checks: neither parsing, nor matching, nor the order of rules.
#pragma once

#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "common/io/json.h"

namespace hearth::controller::naive {

using Keys = std::map<std::string, std::vector<std::string>, std::less<>>;  // names in lower case

struct Request {
  std::string kind;  // "root", "user", "session", "service", "federated", "anonymous"
  std::string account, arn, role_arn;
  std::string action, resource, resource_account;
  Keys keys;
};

struct Policies {
  std::vector<Json> attached;
  std::optional<Json> boundary, session, resource;
  bool resource_must_allow = false;
};

inline std::vector<std::string> Texts(const Json& json) {
  std::vector<std::string> texts;
  if (json.is_array()) {
    for (const Json& one : json.as_array()) texts.push_back(one.is_string() ? one.as_string() : one.Dump());
  } else {
    texts.push_back(json.is_string() ? json.as_string() : json.Dump());
  }
  return texts;
}

// A pattern's characters; `wild` ones are wildcards.
struct Symbol {
  char c;
  bool wild;
};
using Symbols = std::vector<Symbol>;

inline std::optional<Symbols> Expand(const std::string& text, const Keys& keys, bool wildcards, bool variables) {
  Symbols symbols;
  for (size_t i = 0; i < text.size();) {
    if (!variables || text.compare(i, 2, "${") != 0) {
      symbols.push_back({text[i], wildcards && (text[i] == '*' || text[i] == '?')});
      ++i;
      continue;
    }
    const size_t end = text.find('}', i);
    const std::string inside = text.substr(i + 2, end - i - 2);
    i = end + 1;
    if (inside == "*" || inside == "?" || inside == "$") {
      symbols.push_back({inside[0], false});
      continue;
    }
    const size_t comma = inside.find(',');
    const auto found = keys.find(absl::AsciiStrToLower(inside.substr(0, comma)));
    std::string value;
    if (found != keys.end() && found->second.size() == 1) {
      value = found->second[0];
    } else if (comma != std::string::npos && (found == keys.end() || found->second.empty())) {
      const std::string quoted(absl::StripAsciiWhitespace(inside.substr(comma + 1)));
      value = quoted.substr(1, quoted.size() - 2);
    } else {
      return std::nullopt;
    }
    for (const char c : value) symbols.push_back({c, false});
  }
  return symbols;
}

// `of_resource`: only a '*' at the end of a colon-separated part crosses colons, and '?' is no colon.
inline bool Matches(const Symbols& pattern, size_t p, const std::string& text, size_t t, bool of_resource) {
  if (p == pattern.size()) return t == text.size();
  if (!pattern[p].wild) {
    return t < text.size() && pattern[p].c == text[t] && Matches(pattern, p + 1, text, t + 1, of_resource);
  }
  if (pattern[p].c == '?') {
    return t < text.size() && !(of_resource && text[t] == ':') && Matches(pattern, p + 1, text, t + 1, of_resource);
  }
  const bool ends_part = p + 1 == pattern.size() || (!pattern[p + 1].wild && pattern[p + 1].c == ':');
  for (size_t end = t;; ++end) {
    if (Matches(pattern, p + 1, text, end, of_resource)) return true;
    if (end == text.size() || (of_resource && !ends_part && text[end] == ':')) return false;
  }
}

inline bool MatchesArn(const Symbols& pattern, const std::string& text) {
  if (pattern.size() == 1 && pattern[0].wild && pattern[0].c == '*') return true;
  std::vector<Symbols> parts(1);
  for (const Symbol& symbol : pattern) {
    if (symbol.c == ':' && !symbol.wild && parts.size() < 6) {
      parts.emplace_back();
    } else {
      parts.back().push_back(symbol);
    }
  }
  const std::vector<std::string> texts = absl::StrSplit(text, absl::MaxSplits(':', 5));
  if (parts.size() != 6 || texts.size() != 6) return false;
  for (size_t i = 0; i < 6; ++i) {
    if (!Matches(parts[i], 0, texts[i], 0, false)) return false;
  }
  return true;
}

inline std::optional<double> Number(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  return text.empty() || *end != '\0' ? std::nullopt : std::optional(value);
}

inline std::optional<double> Date(const std::string& text) {
  absl::Time time;
  if (absl::ParseTime("%Y-%m-%dT%H:%M:%SZ", text, &time, nullptr))
    return absl::ToDoubleSeconds(time - absl::UnixEpoch());
  return Number(text);
}

// The address and the bits that count; of version 4 only.
inline std::optional<std::pair<uint32_t, int>> Network(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '/');
  const std::vector<std::string> bytes = absl::StrSplit(parts[0], '.');
  if (bytes.size() != 4) return std::nullopt;
  uint32_t address = 0;
  for (const std::string& byte : bytes) address = address * 256 + static_cast<uint32_t>(std::atoi(byte.c_str()));
  return std::pair(address, parts.size() == 2 ? std::atoi(parts[1].c_str()) : 32);
}

inline bool Ordered(const std::string& op, double left, double right) {
  if (op.ends_with("LessThan")) return left < right;
  if (op.ends_with("LessThanEquals")) return left <= right;
  if (op.ends_with("GreaterThan")) return left > right;
  if (op.ends_with("GreaterThanEquals")) return left >= right;
  return left == right;
}

// Whether one value of the request matches one of the policy under a positive operator.
inline bool PairMatches(const std::string& op, std::string wanted, std::string value, const Keys& keys,
                        bool variables) {
  if (op.starts_with("String") || op.starts_with("Arn")) {
    std::optional<Symbols> pattern = Expand(wanted, keys, op == "StringLike" || op.starts_with("Arn"), variables);
    if (!pattern) return false;
    if (op.starts_with("Arn")) return MatchesArn(*pattern, value);
    if (op == "StringEqualsIgnoreCase") {
      for (Symbol& symbol : *pattern) symbol.c = absl::ascii_tolower(static_cast<unsigned char>(symbol.c));
      value = absl::AsciiStrToLower(value);
    }
    return Matches(*pattern, 0, value, 0, false);
  }
  if (op.starts_with("Numeric") || op.starts_with("Date")) {
    const auto left = op.starts_with("Date") ? Date(value) : Number(value);
    const auto right = op.starts_with("Date") ? Date(wanted) : Number(wanted);
    return left && right && Ordered(op, *left, *right);
  }
  if (op == "Bool") {
    const std::string truth = absl::AsciiStrToLower(value);
    return (truth == "true" || truth == "false") && truth == absl::AsciiStrToLower(wanted);
  }
  if (op == "IpAddress") {
    const auto address = Network(value);
    const auto network = Network(wanted);
    if (!address || !network || address->second < network->second) return false;
    return network->second == 0 || (address->first ^ network->first) >> (32 - network->second) == 0;
  }
  return value == wanted;  // BinaryEquals, of canonical base64
}

inline bool ConditionHolds(std::string op, const std::string& key, const Json& values, const Keys& keys,
                           bool variables) {
  const auto found = keys.find(absl::AsciiStrToLower(key));
  const std::vector<std::string> request = found == keys.end() ? std::vector<std::string>() : found->second;
  const std::vector<std::string> wanted = Texts(values);
  if (op == "Null") {
    for (const std::string& text : wanted) {
      if ((absl::AsciiStrToLower(text) == "true") == request.empty()) return true;
    }
    return false;
  }
  std::string set;
  if (const size_t colon = op.find(':'); colon != std::string::npos) {
    set = op.substr(0, colon);
    op = op.substr(colon + 1);
  }
  const bool if_exists = op.ends_with("IfExists");
  if (if_exists) op.resize(op.size() - 8);
  const size_t negation = op.find("Not");
  const bool negated = negation != std::string::npos;
  if (negated) op.erase(negation, 3);
  int satisfied = 0;
  for (const std::string& value : request) {
    bool any = false;
    for (const std::string& text : wanted) any = any || PairMatches(op, text, value, keys, variables);
    if (any != negated) ++satisfied;
  }
  const int all = static_cast<int>(request.size());
  if (set == "ForAllValues") return satisfied == all;
  if (set == "ForAnyValue") return satisfied > 0;
  if (all == 0) return if_exists || negated;
  return negated ? satisfied == all : satisfied > 0;
}

// "": not named. "account", "anyone", "role", "exactly" as PolicyPrincipals' Named says.
inline std::string NamedBy(const Json& element, const Request& request) {
  std::string named;
  const auto anyone = [&] {
    if (named.empty() || named == "account") named = "anyone";
  };
  if (element.is_string()) anyone();
  if (!element.is_object()) return named;
  for (const auto& [type, values] : element.as_object()) {
    for (const std::string& value : Texts(values)) {
      const std::string root = "arn:aws:iam::" + request.account + ":root";
      const bool person = request.kind == "root" || request.kind == "user" || request.kind == "session";
      if (value == "*") anyone();
      if (type == "AWS" && person && (value == request.account || value == root)) {
        if (request.kind == "root") return "exactly";
        if (named.empty()) named = "account";
      }
      if (type == "AWS" && person && value == request.arn) return "exactly";
      if (type == "Service" && request.kind == "service" && value == request.arn) return "exactly";
      if (type == "Federated" && request.kind == "federated" && value == request.arn) return "exactly";
      if (type == "AWS" && request.kind == "session" && value == request.role_arn) named = "role";
    }
  }
  return named;
}

// How a statement that covers the request names its caller; "" when it does not apply.
inline std::string Applies(const Json& statement, const Request& request, bool variables) {
  std::string named = "exactly";
  if (const Json* principal = statement.Find("Principal")) named = NamedBy(*principal, request);
  if (const Json* excepted = statement.Find("NotPrincipal")) {
    const std::string by = NamedBy(*excepted, request);
    named = by.empty() || by == "account" ? "anyone" : "";
  }
  if (named.empty()) return "";
  const auto listed = [&](const char* member, bool of_resource, const std::string& text) {
    for (const std::string& pattern : Texts(*statement.Find(member))) {
      const std::string cased = of_resource ? pattern : absl::AsciiStrToLower(pattern);
      const std::optional<Symbols> symbols = Expand(cased, request.keys, true, of_resource && variables);
      if (symbols && Matches(*symbols, 0, text, 0, of_resource)) return true;
    }
    return false;
  };
  const std::string action = absl::AsciiStrToLower(request.action);
  if (statement.Find("Action") != nullptr && !listed("Action", false, action)) return "";
  if (statement.Find("NotAction") != nullptr && listed("NotAction", false, action)) return "";
  if (statement.Find("Resource") != nullptr && !listed("Resource", true, request.resource)) return "";
  if (statement.Find("NotResource") != nullptr && listed("NotResource", true, request.resource)) return "";
  if (const Json* condition = statement.Find("Condition")) {
    for (const auto& [op, lines] : condition->as_object()) {
      for (const auto& [key, values] : lines.as_object()) {
        if (!ConditionHolds(op, key, values, request.keys, variables)) return "";
      }
    }
  }
  return named;
}

// All the ways in which statements of this effect name the caller.
inline std::vector<std::string> Effects(const Json& document, const std::string& effect, const Request& request) {
  const Json* version = document.Find("Version");
  const bool variables = version != nullptr && version->as_string() == "2012-10-17";
  std::vector<std::string> names;
  for (const Json& statement : document.Find("Statement")->as_array()) {
    if (statement.Find("Effect")->as_string() != effect) continue;
    const std::string named = Applies(statement, request, variables);
    if (!named.empty()) names.push_back(named);
  }
  return names;
}

inline bool Allows(const std::optional<Json>& document, const Request& request) {
  return document && !Effects(*document, "Allow", request).empty();
}

inline bool IsAllowed(const Policies& policies, const Request& request) {
  Request seen_by_resource = request;
  seen_by_resource.keys.erase("lambda:sourcefunctionarn");
  std::vector<std::string> granted;
  if (policies.resource) {
    if (!Effects(*policies.resource, "Deny", seen_by_resource).empty()) return false;
    granted = Effects(*policies.resource, "Allow", seen_by_resource);
  }
  if (request.kind == "service" || request.kind == "federated" || request.kind == "anonymous") return !granted.empty();
  bool own_policy_allows = request.kind == "root";
  for (const Json& document : policies.attached) {
    if (!Effects(document, "Deny", request).empty()) return false;
    if (!Effects(document, "Allow", request).empty()) own_policy_allows = true;
  }
  for (const std::optional<Json>& limit : {policies.boundary, policies.session}) {
    if (limit && !Effects(*limit, "Deny", request).empty()) return false;
  }
  const auto granted_to = [&](const char* name) {
    return std::find(granted.begin(), granted.end(), name) != granted.end();
  };
  const bool same_account = request.resource_account.empty() || request.resource_account == request.account;
  if ((!same_account || policies.resource_must_allow) && granted.empty()) return false;
  if (same_account && granted_to("exactly")) return true;
  for (const std::optional<Json>& limit : {policies.boundary, policies.session}) {
    if (limit && !Allows(limit, request)) return false;
  }
  if (same_account && (granted_to("role") || granted_to("anyone"))) return true;
  return own_policy_allows;
}

}  // namespace hearth::controller::naive
