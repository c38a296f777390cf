#include "controller/auth/request_verifier.h"

#include <fmt/format.h>

#include "absl/time/time.h"
#include "common/crypto.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kContentHashHeader = "x-amz-content-sha256";
// Stands for every key id nobody has: those that strangers make up must not push real ones out of the cache.
constexpr std::string_view kNobody = "-";

AuthFailure InvalidSignature(std::string message) { return {"InvalidSignatureException", std::move(message)}; }

AuthFailure WrongSignature() {
  return InvalidSignature(
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
      "and signing method. Consult the service documentation for details.");
}

AuthFailure UnknownToken() {
  return {"UnrecognizedClientException", "The security token included in the request is invalid."};
}

// "20260131T093000Z"; the parser has checked its form.
std::optional<WallTime> ParseAmzDate(const std::string& amz_date) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime("%E4Y%m%dT%H%M%SZ", amz_date, &time, &error)) return std::nullopt;
  return FromUnixMillis(absl::ToUnixMillis(time));
}

}  // namespace

RequestVerifier::RequestVerifier(const Credentials& credentials, const RoleSessions* sessions, Clock& clock,
                                 Random& random, std::string region, std::chrono::seconds max_skew)
    : credentials_(credentials),
      sessions_(sessions),
      clock_(clock),
      region_(std::move(region)),
      max_skew_(max_skew),
      dummy_secret_(random.Hex(20)),
      seen_(2 * max_skew, clock) {}

AuthResult RequestVerifier::Verify(const HttpRequest& request, std::string_view service, bool global, Use use) const {
  const absl::StatusOr<std::optional<SigV4Claim>> parsed = ParseSigV4Claim(request);
  if (!parsed.ok()) return AuthFailure{"IncompleteSignatureException", std::string(parsed.status().message())};
  if (!parsed->has_value()) return AuthFailure{"MissingAuthenticationTokenException", "Missing Authentication Token"};
  const SigV4Claim& claim = **parsed;
  if (const auto failure = CheckScope(claim, service, global)) return *failure;
  if (const auto failure = CheckTime(claim)) return *failure;

  const std::string payload_hash = Sha256Hex(request.body);
  const std::optional<std::string_view> claimed_hash = request.headers.Find(kContentHashHeader);
  std::variant<CredentialPtr, AuthFailure> found = FindCredential(claim);
  if (AuthFailure* failure = std::get_if<AuthFailure>(&found)) return std::move(*failure);
  const CredentialPtr& credential = std::get<CredentialPtr>(found);
  std::string signing_key = credential
                                ? signing_keys_.Get(claim.access_key_id, credential->secret_access_key, claim.scope)
                                : signing_keys_.Get(kNobody, dummy_secret_, claim.scope);
  const std::string expected =
      SigV4Signature(signing_key, SigV4StringToSign(claim, SigV4CanonicalRequest(request, claim, payload_hash)));
  CleanseSecret(signing_key);
  const bool matches = EqualSecrets(expected, claim.signature);
  if (!credential) return UnknownToken();
  if (!matches || (claimed_hash && *claimed_hash != payload_hash)) return WrongSignature();
  // A link that was signed in advance is made to be used as often as its lifetime allows.
  const bool once = use == Use::kOnce && !claim.expires_seconds;
  if (once && !seen_.IsNew(claim.signature)) {
    return InvalidSignature("The request was received before. Sign it again to repeat it.");
  }
  return credential->identity;
}

std::variant<CredentialPtr, AuthFailure> RequestVerifier::FindCredential(const SigV4Claim& claim) const {
  if (claim.session_token.empty()) return credentials_.Find(claim.access_key_id);
  if (sessions_ == nullptr) return CredentialPtr();
  std::variant<Credential, RoleSessions::Refusal> found = sessions_->Find(claim.access_key_id, claim.session_token);
  if (Credential* credential = std::get_if<Credential>(&found))
    return std::make_shared<const Credential>(std::move(*credential));
  switch (std::get<RoleSessions::Refusal>(found)) {
    case RoleSessions::Refusal::kInvalid:
      return CredentialPtr();
    case RoleSessions::Refusal::kExpired:
      break;
  }
  return AuthFailure{"ExpiredTokenException", "The security token included in the request is expired"};
}

std::optional<AuthFailure> RequestVerifier::CheckScope(const SigV4Claim& claim, std::string_view service,
                                                       bool global) const {
  if (claim.scope.region != region_ && !(global && claim.scope.region == kGlobalRegion)) {
    return InvalidSignature(
        fmt::format("Credential should be scoped to a valid region, not '{}'. This endpoint serves '{}'.",
                    claim.scope.region, region_));
  }
  if (claim.scope.service != service) {
    return InvalidSignature(fmt::format("Credential should be scoped to correct service: '{}'. ", service));
  }
  return std::nullopt;
}

std::optional<AuthFailure> RequestVerifier::CheckTime(const SigV4Claim& claim) const {
  const std::optional<WallTime> signed_at = ParseAmzDate(claim.amz_date);
  if (!signed_at) return AuthFailure{"IncompleteSignatureException", "Date must be in ISO-8601 'basic format'."};
  const WallTime now = clock_.Wall();
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(max_skew_).count();
  const std::chrono::seconds lifetime =
      claim.expires_seconds ? std::chrono::seconds(*claim.expires_seconds) : max_skew_;
  if (now > *signed_at + lifetime) {
    return InvalidSignature(fmt::format("Signature expired: {} is now earlier than {} ({} - {} min.)", claim.amz_date,
                                        FormatAmzDate(now - lifetime), FormatAmzDate(now),
                                        std::chrono::duration_cast<std::chrono::minutes>(lifetime).count()));
  }
  if (*signed_at > now + max_skew_) {
    return InvalidSignature(fmt::format("Signature not yet current: {} is still later than {} ({} + {} min.)",
                                        claim.amz_date, FormatAmzDate(now + max_skew_), FormatAmzDate(now), minutes));
  }
  return std::nullopt;
}

}  // namespace hearth::controller
