// AWS Signature Version 4: one canonical form, used to verify requests and to sign our own.
//
// Shapes:  header names in any case; the target is the raw one of the wire. Times are X-Amz-Date ("20260131T093000Z").
// Errors:  ParseAuthorization answers InvalidArgument with the text a client should see (IncompleteSignature).
// Threads: no shared state.
// Source:  AWS General Reference, "Signature Version 4"; identity.md 3.1; awslabs aws-signing-test-suite v4.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/http_message.h"

namespace hearth {

struct SigV4Scope {
  std::string date;  // yyyymmdd
  std::string region;
  std::string service;
};

// What a signed request says of itself, from the Authorization header or the X-Amz-… query form.
struct SigV4Claim {
  std::string access_key_id;
  SigV4Scope scope;
  std::vector<std::string> signed_headers;  // lower-case, sorted
  std::string signature;                    // 64 hex digits
  std::string amz_date;
  std::optional<int64_t> expires_seconds;  // query form only
  std::string session_token;               // X-Amz-Security-Token; empty when none
  bool in_query = false;
};

// nullopt when the request is not signed at all.
absl::StatusOr<std::optional<SigV4Claim>> ParseSigV4Claim(const HttpRequest& request);

struct SigV4CanonicalOptions {
  bool double_encode_path = true;  // false for S3-style services
  bool normalize_path = true;
};

std::string SigV4CanonicalRequest(const HttpRequest& request, const SigV4Claim& claim,
                                  std::string_view payload_hash_hex, const SigV4CanonicalOptions& options = {});
std::string SigV4StringToSign(const SigV4Claim& claim, std::string_view canonical_request);
std::string SigV4SigningKey(std::string_view secret_access_key, const SigV4Scope& scope);
std::string SigV4Signature(std::string_view signing_key, std::string_view string_to_sign);  // 64 hex digits

struct SigV4Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;
};

// Adds X-Amz-Date, X-Amz-Security-Token and Authorization. The request must already carry Host.
void SignSigV4(HttpRequest& request, const SigV4Credentials& credentials, const SigV4Scope& scope,
               std::string amz_date);
// The query form: returns the target with X-Amz-… and X-Amz-Signature appended; payload UNSIGNED-PAYLOAD is not used:
// the body of a presigned GET is empty.
std::string PresignSigV4(const HttpRequest& request, const SigV4Credentials& credentials, const SigV4Scope& scope,
                         const std::string& amz_date, int64_t expires_seconds);

}  // namespace hearth
