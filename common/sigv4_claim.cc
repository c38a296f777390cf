// Reading what a signed request claims. The texts of the errors are those AWS answers with IncompleteSignature.
#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "common/errors.h"
#include "common/sigv4.h"
#include "common/uri.h"

namespace hearth {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr int64_t kMaxExpiresSeconds = 604800;

using Parameters = std::vector<std::pair<std::string, std::string>>;

absl::string_view Absl(std::string_view text) { return {text.data(), text.size()}; }

absl::Status Incomplete(std::string message) { return absl::InvalidArgumentError(std::move(message)); }

size_t CountHeaders(const HttpRequest& request, std::string_view name) {
  return static_cast<size_t>(
      std::count_if(request.headers.fields.begin(), request.headers.fields.end(),
                    [&](const auto& field) { return absl::EqualsIgnoreCase(field.first, Absl(name)); }));
}

bool AllDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool IsAmzDate(std::string_view date) {
  return date.size() == 16 && date[8] == 'T' && date[15] == 'Z' && AllDigits(date.substr(0, 8)) &&
         AllDigits(date.substr(9, 6));
}

// A client without X-Amz-Date signs its Date header. Empty when that is no date. Source: RFC 9110, 5.6.7.
std::string FromHttpDate(std::string_view date) {
  if (IsAmzDate(date)) return std::string(date);
  absl::Time time;
  std::string error;
  if (!absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", Absl(date), &time, &error)) return "";
  return absl::FormatTime("%Y%m%dT%H%M%SZ", time, absl::UTCTimeZone());
}

absl::Status ReadCredential(std::string_view credential, SigV4Claim& claim) {
  const std::vector<std::string> parts = absl::StrSplit(Absl(credential), '/');
  if (parts.size() != 5) {
    return Incomplete(
        absl::StrCat("Credential must have exactly 5 slash-delimited elements, e.g. "
                     "keyid/date/region/service/term, got '",
                     Absl(credential), "'"));
  }
  if (parts[4] != "aws4_request") {
    return Incomplete(
        absl::StrCat("Credential should be scoped with a valid terminator: 'aws4_request', not '", parts[4], "'."));
  }
  claim.access_key_id = parts[0];
  claim.scope = {.date = parts[1], .region = parts[2], .service = parts[3]};
  return absl::OkStatus();
}

absl::Status ReadSignedHeaders(std::string_view text, SigV4Claim& claim) {
  claim.signed_headers = absl::StrSplit(Absl(text), ';');
  const std::vector<std::string>& names = claim.signed_headers;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty() || names[i] != absl::AsciiStrToLower(names[i]) || (i > 0 && names[i - 1] >= names[i])) {
      return Incomplete(
          absl::StrCat("SignedHeaders must be lower-case, sorted and without repetition, got '", Absl(text), "'"));
    }
  }
  return absl::OkStatus();
}

absl::Status ReadSignature(std::string_view text, SigV4Claim& claim) {
  const bool hex =
      std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (text.size() != 64 || !hex) return Incomplete("Signature must be 64 lower-case hexadecimal digits.");
  claim.signature = text;
  return absl::OkStatus();
}

// What the signature must cover, so that nothing it decides on can be changed on the way.
absl::Status CheckCoverage(const HttpRequest& request, const SigV4Claim& claim) {
  const auto covers = [&](const std::string& name) {
    return std::binary_search(claim.signed_headers.begin(), claim.signed_headers.end(), name);
  };
  if (!covers("host")) return Incomplete("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  for (const auto& [name, value] : request.headers.fields) {
    const std::string lower = absl::AsciiStrToLower(name);
    if ((absl::StartsWith(lower, "x-amz-") || lower == "content-type") && !covers(lower)) {
      return Incomplete(absl::StrCat("'", lower, "' must be a 'SignedHeader' in the AWS Authorization."));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckScopeDate(const SigV4Claim& claim) {
  if (claim.scope.date == claim.amz_date.substr(0, 8)) return absl::OkStatus();
  return Incomplete(
      absl::StrCat("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '",
                   claim.scope.date, "' != '", claim.amz_date.substr(0, 8), "', from '", claim.amz_date, "'."));
}

absl::Status ReadHeaderDate(const HttpRequest& request, SigV4Claim& claim) {
  if (CountHeaders(request, "x-amz-date") > 1) return Incomplete("Only one 'X-Amz-Date' header is allowed.");
  const std::optional<std::string_view> amz_date = request.headers.Find("x-amz-date");
  const std::optional<std::string_view> date = request.headers.Find("date");
  if (amz_date) {
    claim.amz_date = IsAmzDate(*amz_date) ? std::string(*amz_date) : "";
  } else if (date) {
    claim.amz_date = FromHttpDate(*date);
  } else {
    return Incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  if (claim.amz_date.empty()) return Incomplete("Date must be in ISO-8601 'basic format'.");
  return CheckScopeDate(claim);
}

// The comma-separated Credential, SignedHeaders and Signature behind the algorithm.
absl::Status ReadAuthorization(std::string_view value, SigV4Claim& claim) {
  bool seen[3] = {};
  for (const absl::string_view part : absl::StrSplit(Absl(value), ',')) {
    const absl::string_view item = absl::StripAsciiWhitespace(part);
    const size_t equals = item.find('=');
    if (equals == absl::string_view::npos) {
      return Incomplete(
          absl::StrCat("'", item, "' not a valid key=value pair (missing equal-sign) in Authorization header."));
    }
    const absl::string_view key = item.substr(0, equals);
    const std::string_view text(item.data() + equals + 1, item.size() - equals - 1);
    const int index = key == "Credential" ? 0 : key == "SignedHeaders" ? 1 : key == "Signature" ? 2 : -1;
    if (index < 0) return Incomplete(absl::StrCat("'", key, "' is not a parameter of the Authorization header."));
    if (std::exchange(seen[index], true)) return Incomplete(absl::StrCat("'", key, "' is repeated."));
    RETURN_IF_ERROR(index == 0   ? ReadCredential(text, claim)
                    : index == 1 ? ReadSignedHeaders(text, claim)
                                 : ReadSignature(text, claim));
  }
  std::string missing;
  if (!seen[0]) missing += "Authorization header requires 'Credential' parameter. ";
  if (!seen[2]) missing += "Authorization header requires 'Signature' parameter. ";
  if (!seen[1]) missing += "Authorization header requires 'SignedHeaders' parameter. ";
  if (!missing.empty()) return Incomplete(absl::StrCat(missing, "Authorization=", Absl(kAlgorithm)));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<SigV4Claim>> FromHeader(const HttpRequest& request, std::string_view authorization) {
  SigV4Claim claim;
  const size_t space = std::min(authorization.find(' '), authorization.size());
  if (authorization.substr(0, space) != kAlgorithm) {
    return Incomplete(absl::StrCat("Unsupported Authorization scheme '", Absl(authorization.substr(0, space)), "'."));
  }
  RETURN_IF_ERROR(ReadAuthorization(authorization.substr(std::min(space + 1, authorization.size())), claim));
  RETURN_IF_ERROR(ReadHeaderDate(request, claim));
  RETURN_IF_ERROR(CheckCoverage(request, claim));
  if (CountHeaders(request, "x-amz-security-token") > 1) {
    return Incomplete("Only one 'X-Amz-Security-Token' header is allowed.");
  }
  claim.session_token = request.headers.Find("x-amz-security-token").value_or("");
  return claim;
}

// The one value of a query parameter; nullopt when absent.
absl::StatusOr<std::optional<std::string>> OnlyParameter(const Parameters& parameters, std::string_view name) {
  std::optional<std::string> found;
  for (const auto& [key, value] : parameters) {
    if (key != name) continue;
    if (found) return Incomplete(absl::StrCat("AWS query-string parameter '", Absl(name), "' is repeated."));
    found = value;
  }
  return found;
}

absl::StatusOr<std::string> RequiredParameter(const Parameters& parameters, std::string_view name) {
  ASSIGN_OR_RETURN(std::optional<std::string> value, OnlyParameter(parameters, name));
  if (!value || value->empty()) {
    return Incomplete(absl::StrCat("AWS query-string parameters must include '", Absl(name),
                                   "'. Re-examine the query-string parameters."));
  }
  return *std::move(value);
}

absl::StatusOr<std::optional<SigV4Claim>> FromQuery(const HttpRequest& request, const Parameters& parameters) {
  SigV4Claim claim;
  claim.in_query = true;
  ASSIGN_OR_RETURN(const std::string algorithm, RequiredParameter(parameters, "X-Amz-Algorithm"));
  if (algorithm != kAlgorithm) return Incomplete(absl::StrCat("Unsupported AWS 'algorithm': '", algorithm, "'."));
  ASSIGN_OR_RETURN(const std::string credential, RequiredParameter(parameters, "X-Amz-Credential"));
  RETURN_IF_ERROR(ReadCredential(credential, claim));
  ASSIGN_OR_RETURN(const std::string signed_headers, RequiredParameter(parameters, "X-Amz-SignedHeaders"));
  RETURN_IF_ERROR(ReadSignedHeaders(signed_headers, claim));
  ASSIGN_OR_RETURN(const std::string signature, RequiredParameter(parameters, "X-Amz-Signature"));
  RETURN_IF_ERROR(ReadSignature(signature, claim));
  ASSIGN_OR_RETURN(claim.amz_date, RequiredParameter(parameters, "X-Amz-Date"));
  if (!IsAmzDate(claim.amz_date)) return Incomplete("Date must be in ISO-8601 'basic format'.");
  RETURN_IF_ERROR(CheckScopeDate(claim));
  ASSIGN_OR_RETURN(const std::string expires, RequiredParameter(parameters, "X-Amz-Expires"));
  int64_t seconds = 0;
  if (!AllDigits(expires) || !absl::SimpleAtoi(expires, &seconds) || seconds < 1 || seconds > kMaxExpiresSeconds) {
    return Incomplete(absl::StrCat("X-Amz-Expires must be between 1 and ", kMaxExpiresSeconds, " seconds."));
  }
  claim.expires_seconds = seconds;
  ASSIGN_OR_RETURN(const std::optional<std::string> token, OnlyParameter(parameters, "X-Amz-Security-Token"));
  claim.session_token = token.value_or("");
  RETURN_IF_ERROR(CheckCoverage(request, claim));
  return claim;
}

}  // namespace

absl::StatusOr<std::optional<SigV4Claim>> ParseSigV4Claim(const HttpRequest& request) {
  const size_t authorizations = CountHeaders(request, "authorization");
  const Parameters parameters = ParseQuery(request.query());
  const bool in_query = std::any_of(parameters.begin(), parameters.end(), [](const auto& parameter) {
    return parameter.first == "X-Amz-Algorithm" || parameter.first == "X-Amz-Signature";
  });
  if (authorizations == 0 && !in_query) return std::optional<SigV4Claim>();
  if (authorizations > 1 || (authorizations == 1 && in_query)) {
    return Incomplete("Only one authentication mechanism is allowed: an Authorization header or a signed query.");
  }
  if (in_query) return FromQuery(request, parameters);
  return FromHeader(request, *request.headers.Find("authorization"));
}

}  // namespace hearth
