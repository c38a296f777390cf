#include "common/sigv4.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/crypto.h"
#include "common/uri.h"

namespace hearth {
namespace {

constexpr char kAlgorithm[] = "AWS4-HMAC-SHA256";

// Drops empty and "." segments and resolves "..". A final slash stays.
std::string NormalizePath(std::string_view path) {
  std::vector<std::string_view> kept;
  const bool final_slash = path.ends_with('/');
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      kept.push_back(segment);
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  std::string normal;
  for (const std::string_view segment : kept) normal.append("/").append(segment);
  if (final_slash || kept.empty()) normal += '/';
  return normal;
}

std::string CanonicalPath(std::string_view raw_path, const SigV4CanonicalOptions& options) {
  std::string path(raw_path.empty() ? "/" : raw_path);
  if (options.normalize_path) path = NormalizePath(path);
  return options.double_encode_path ? UriEncodePath(path) : path;  // the client's own encoding is the first
}

std::string CanonicalQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> encoded;
  for (const auto& [name, value] : ParseQuery(query)) {
    if (name != "X-Amz-Signature") encoded.emplace_back(UriEncode(name), UriEncode(value));
  }
  std::sort(encoded.begin(), encoded.end());
  return absl::StrJoin(encoded, "&", absl::PairFormatter("="));
}

// Without white space at the ends, inner runs of it as one space.
void AppendTrimmed(std::string& out, std::string_view value) {
  bool begun = false;
  bool gap = false;
  for (const char c : value) {
    if (c == ' ' || c == '\t') {
      gap = begun;
      continue;
    }
    if (gap) out += ' ';
    out += c;
    begun = true;
    gap = false;
  }
}

void AppendCanonicalHeader(std::string& out, const HttpHeaders& headers, const std::string& lower_name) {
  out.append(lower_name).append(":");
  bool first = true;
  for (const auto& [name, value] : headers.fields) {
    if (!absl::EqualsIgnoreCase(name, lower_name)) continue;
    if (!first) out += ',';
    AppendTrimmed(out, value);
    first = false;
  }
  out += '\n';
}

std::string ScopeText(const SigV4Scope& scope) {
  return absl::StrCat(scope.date, "/", scope.region, "/", scope.service, "/aws4_request");
}

// Headers that proxies change or that HTTP libraries add after signing.
bool IsNeverSigned(const std::string& lower_name) {
  static constexpr std::string_view kNames[] = {"authorization", "connection",        "expect",
                                                "user-agent",    "transfer-encoding", "x-amzn-trace-id"};
  return std::find(std::begin(kNames), std::end(kNames), lower_name) != std::end(kNames);
}

std::vector<std::string> HeadersToSign(const HttpHeaders& headers) {
  std::vector<std::string> names;
  for (const auto& [name, value] : headers.fields) {
    std::string lower = absl::AsciiStrToLower(name);
    if (!IsNeverSigned(lower)) names.push_back(std::move(lower));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string Sign(const HttpRequest& request, const SigV4Claim& claim, const std::string& secret_access_key) {
  const std::string canonical = SigV4CanonicalRequest(request, claim, Sha256Hex(request.body));
  return SigV4Signature(SigV4SigningKey(secret_access_key, claim.scope), SigV4StringToSign(claim, canonical));
}

void RemoveHeader(HttpHeaders& headers, std::string_view name) {
  std::erase_if(headers.fields, [&](const auto& field) {
    return absl::EqualsIgnoreCase(field.first, absl::string_view(name.data(), name.size()));
  });
}

}  // namespace

std::string SigV4CanonicalRequest(const HttpRequest& request, const SigV4Claim& claim,
                                  std::string_view payload_hash_hex, const SigV4CanonicalOptions& options) {
  std::string text = absl::StrCat(request.method, "\n", CanonicalPath(request.path(), options), "\n",
                                  CanonicalQuery(request.query()), "\n");
  for (const std::string& name : claim.signed_headers) AppendCanonicalHeader(text, request.headers, name);
  text.append("\n").append(absl::StrJoin(claim.signed_headers, ";")).append("\n").append(payload_hash_hex);
  return text;
}

std::string SigV4StringToSign(const SigV4Claim& claim, std::string_view canonical_request) {
  return absl::StrCat(kAlgorithm, "\n", claim.amz_date, "\n", ScopeText(claim.scope), "\n",
                      Sha256Hex(canonical_request));
}

std::string SigV4SigningKey(std::string_view secret_access_key, const SigV4Scope& scope) {
  std::string start = "AWS4" + std::string(secret_access_key);
  std::string key = HmacSha256(start, scope.date);
  CleanseSecret(start);
  key = HmacSha256(key, scope.region);
  key = HmacSha256(key, scope.service);
  return HmacSha256(key, "aws4_request");
}

std::string SigV4Signature(std::string_view signing_key, std::string_view string_to_sign) {
  return HexEncode(HmacSha256(signing_key, string_to_sign));
}

void SignSigV4(HttpRequest& request, const SigV4Credentials& credentials, const SigV4Scope& scope,
               std::string amz_date) {
  for (const char* const name : {"Authorization", "X-Amz-Date", "X-Amz-Security-Token"}) {
    RemoveHeader(request.headers, name);
  }
  request.headers.Add("X-Amz-Date", amz_date);
  if (!credentials.session_token.empty()) request.headers.Add("X-Amz-Security-Token", credentials.session_token);
  SigV4Claim claim;
  claim.access_key_id = credentials.access_key_id;
  claim.scope = scope;
  claim.amz_date = std::move(amz_date);
  claim.signed_headers = HeadersToSign(request.headers);
  const std::string signature = Sign(request, claim, credentials.secret_access_key);
  request.headers.Add(
      "Authorization",
      absl::StrCat(kAlgorithm, " Credential=", credentials.access_key_id, "/", ScopeText(scope),
                   ", SignedHeaders=", absl::StrJoin(claim.signed_headers, ";"), ", Signature=", signature));
}

std::string PresignSigV4(const HttpRequest& request, const SigV4Credentials& credentials, const SigV4Scope& scope,
                         const std::string& amz_date, int64_t expires_seconds) {
  SigV4Claim claim;
  claim.access_key_id = credentials.access_key_id;
  claim.scope = scope;
  claim.amz_date = amz_date;
  claim.signed_headers = HeadersToSign(request.headers);
  HttpRequest presigned = request;
  std::string& target = presigned.target;
  absl::StrAppend(&target, target.find('?') == std::string::npos ? "?" : "&", "X-Amz-Algorithm=", kAlgorithm,
                  "&X-Amz-Credential=", UriEncode(credentials.access_key_id + "/" + ScopeText(scope)),
                  "&X-Amz-Date=", amz_date, "&X-Amz-Expires=", expires_seconds,
                  "&X-Amz-SignedHeaders=", UriEncode(absl::StrJoin(claim.signed_headers, ";")));
  if (!credentials.session_token.empty()) {
    absl::StrAppend(&target, "&X-Amz-Security-Token=", UriEncode(credentials.session_token));
  }
  const std::string signature = Sign(presigned, claim, credentials.secret_access_key);
  return absl::StrCat(target, "&X-Amz-Signature=", signature);
}

}  // namespace hearth
