#include "controller/api/lambda/patterns.h"

#include <algorithm>

namespace hearth::controller {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsAlpha(char c) { return IsLower(c) || (c >= 'A' && c <= 'Z'); }
bool IsAlnum(char c) { return IsAlpha(c) || IsDigit(c); }

template <class Predicate>
bool All(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

bool Take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool MatchesRole(std::string_view text) {
  if (!Take(text, "arn:")) return false;
  if (Take(text, "aws")) {
    while (!text.empty() && (IsAlpha(text[0]) || text[0] == '-')) text.remove_prefix(1);
  }
  if (!Take(text, ":iam::") || text.size() < 12 || !IsAccountId(text.substr(0, 12))) return false;
  text.remove_prefix(12);
  if (!Take(text, ":role")) return false;
  // "/?" may take the slash or leave it to the name, which may begin with one too; one more character must follow.
  const bool slash = Take(text, "/");
  const auto in_name = [](char c) {
    return IsAlnum(c) || std::string_view("_+=,.@-/").find(c) != std::string_view::npos;
  };
  return (slash || !text.empty()) && All(text, in_name);
}

bool MatchesHandler(std::string_view text) {
  return !text.empty() &&
         All(text, [](char c) { return std::string_view(" \t\n\v\f\r").find(c) == std::string_view::npos; });
}

// "\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"
bool MatchesQualifier(std::string_view text) {
  if (text == "$LATEST.PUBLISHED") return true;
  return !text.empty() && All(text, [](char c) { return IsAlnum(c) || c == '-' || c == '_' || c == '$'; });
}

bool MatchesEnvironmentKey(std::string_view text) {
  return text.size() >= 2 && IsAlpha(text[0]) && All(text, [](char c) { return IsAlnum(c) || c == '_'; });
}

// Letters, separators and digits of Unicode: outside ASCII every code point but the C1 controls passes.
bool MatchesTag(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x80) {
      if (c == '\xC2' && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return false;
      continue;
    }
    if (!IsAlnum(c) && std::string_view(" _.:/=+-@").find(c) == std::string_view::npos) return false;
  }
  return true;
}

bool MatchesSubnet(std::string_view text) {
  return Take(text, "subnet-") && All(text, [](char c) { return IsLower(c) || IsDigit(c); });
}

bool MatchesSecurityGroup(std::string_view text) { return Take(text, "sg-") && All(text, IsAlnum); }

bool MatchesLogGroup(std::string_view text) {
  return !text.empty() &&
         All(text, [](char c) { return IsAlnum(c) || std::string_view(".-_/#").find(c) != std::string_view::npos; });
}

bool MatchesMasterRegion(std::string_view text) { return text == "ALL" || IsRegion(text); }

}  // namespace

const TextPattern kRolePattern = {R"(arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+)", MatchesRole};
const TextPattern kHandlerPattern = {R"([^\s]+)", MatchesHandler};
const TextPattern kQualifierPattern = {R"(\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+)", MatchesQualifier};
const TextPattern kEnvironmentKeyPattern = {R"([a-zA-Z]([a-zA-Z0-9_])+)", MatchesEnvironmentKey};
const TextPattern kTagPattern = {R"(([\p{L}\p{Z}\p{N}_.:/=+\-@]*))", MatchesTag};
const TextPattern kSubnetPattern = {R"(subnet-[0-9a-z]*)", MatchesSubnet};
const TextPattern kSecurityGroupPattern = {R"(sg-[0-9a-zA-Z]*)", MatchesSecurityGroup};
const TextPattern kLogGroupPattern = {R"([\.\-_/#A-Za-z0-9]+)", MatchesLogGroup};
const TextPattern kMasterRegionPattern = {R"(ALL|(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})",
                                          MatchesMasterRegion};

bool IsAccountId(std::string_view text) { return text.size() == 12 && All(text, IsDigit); }

bool IsRegion(std::string_view text) {
  Take(text, "eusc-");
  if (text.size() < 2 || !IsLower(text[0]) || !IsLower(text[1])) return false;
  text.remove_prefix(2);
  if (text.starts_with("-gov-")) {
    text.remove_prefix(4);
  } else if (text.starts_with("-iso")) {
    text.remove_prefix(4);
    if (!text.empty() && IsLower(text[0])) text.remove_prefix(1);
  }
  if (text.size() < 4 || text[0] != '-') return false;
  const std::string_view area = text.substr(1, text.size() - 3);
  return All(area, IsLower) && text[text.size() - 2] == '-' && IsDigit(text.back());
}

}  // namespace hearth::controller
