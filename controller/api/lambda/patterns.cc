#include "controller/api/lambda/patterns.h"

#include <algorithm>
#include <optional>

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

bool MatchesVersionNumber(std::string_view text) { return !text.empty() && All(text, IsDigit); }

bool MatchesAliasName(std::string_view text) {
  return !text.empty() && !All(text, IsDigit) && All(text, [](char c) { return IsAlnum(c) || c == '-' || c == '_'; });
}

bool MatchesAliasTarget(std::string_view text) {
  return text == "$LATEST" || text == "$LATEST.PUBLISHED" || MatchesVersionNumber(text);
}

bool MatchesMasterRegion(std::string_view text) { return text == "ALL" || IsRegion(text); }

// Takes "arn:aws…:lambda:REGION:" off the front.
bool TakeLambdaArnHead(std::string_view& text) {
  if (!Take(text, "arn:aws")) return false;
  while (!text.empty() && (IsAlpha(text[0]) || text[0] == '-')) text.remove_prefix(1);
  if (!Take(text, ":lambda:")) return false;
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || !IsRegion(text.substr(0, colon))) return false;
  text.remove_prefix(colon + 1);
  return true;
}

bool IsWord(std::string_view text) {
  return !text.empty() && All(text, [](char c) { return IsAlnum(c) || c == '-' || c == '_'; });
}

// What comes before the next colon, which goes too; nullopt when there is none.
std::optional<std::string_view> TakePart(std::string_view& text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view part = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  return part;
}

bool MatchesDestination(std::string_view text) {
  if (text.empty()) return true;
  if (Take(text, "kafka://")) {
    return !text.empty() && text.size() <= 249 && text[0] != '.' &&
           All(text.substr(1), [](char c) { return IsAlnum(c) || c == '-' || c == '_' || c == '.'; });
  }
  if (!Take(text, "arn:aws")) return false;
  const auto in_name = [](char c) { return IsAlnum(c) || c == '-'; };
  const auto partition = TakePart(text), service = TakePart(text), region = TakePart(text), account = TakePart(text);
  return account && All(*partition, in_name) && !service->empty() && All(*service, in_name) &&
         (region->empty() || IsRegion(*region)) && (account->empty() || IsAccountId(*account));
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : !(IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) return false;
  }
  return true;
}

bool IsFunctionResource(std::string_view text) {
  const size_t colon = text.find(':');
  if (!IsWord(text.substr(0, colon))) return false;
  return colon == std::string_view::npos || text.substr(colon + 1) == "$LATEST" || IsWord(text.substr(colon + 1));
}

bool MatchesTaggableResource(std::string_view text) {
  if (!TakeLambdaArnHead(text) || text.size() < 13 || !IsAccountId(text.substr(0, 12)) || text[12] != ':') return false;
  text.remove_prefix(13);
  if (Take(text, "function:")) return IsFunctionResource(text);
  if (Take(text, "layer:") || Take(text, "capacity-provider:")) return IsWord(text);
  if (Take(text, "code-signing-config:csc-")) {
    return text.size() == 17 && All(text, [](char c) { return IsLower(c) || IsDigit(c); });
  }
  return Take(text, "event-source-mapping:") && IsUuid(text);
}

bool MatchesRuntimeVersionArn(std::string_view text) {
  return TakeLambdaArnHead(text) && Take(text, ":runtime:") && !text.empty() &&
         text.find('\n') == std::string_view::npos;
}

// "(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"
bool MatchesKmsKeyArn(std::string_view text) {
  if (text.empty()) return true;
  if (!Take(text, "arn:")) return false;
  if (Take(text, "aws")) {
    while (!text.empty() && (IsAlpha(text[0]) || text[0] == '-')) text.remove_prefix(1);
  }
  if (!Take(text, ":")) return false;
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || text.find('\n') != std::string_view::npos) return false;
  return All(text.substr(0, colon), [](char c) { return IsLower(c) || IsDigit(c) || c == '-' || c == '.'; });
}

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

const TextPattern kTaggableResourcePattern = {
    R"(arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:)"
    R"((function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|)"
    R"(code-signing-config:csc-[a-z0-9]{17}|)"
    R"(event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|)"
    R"(capacity-provider:[a-zA-Z0-9-_]+))",
    MatchesTaggableResource};
const TextPattern kRuntimeVersionArnPattern = {
    R"(arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}::runtime:.+)",
    MatchesRuntimeVersionArn};
const TextPattern kDestinationPattern = {
    R"($|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:)"
    R"(((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*))",
    MatchesDestination};
const TextPattern kKmsKeyArnPattern = {R"((arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|())", MatchesKmsKeyArn};
const TextPattern kAliasNamePattern = {R"((?!^[0-9]+$)([a-zA-Z0-9-_]+))", MatchesAliasName};
const TextPattern kAliasTargetPattern = {R"((\$LATEST(\.PUBLISHED)?|[0-9]+))", MatchesAliasTarget};
const TextPattern kVersionNumberPattern = {R"([0-9]+)", MatchesVersionNumber};

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
