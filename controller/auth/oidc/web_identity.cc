#include "controller/auth/oidc/web_identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace hearth::controller {
namespace {

constexpr std::string_view kTagsClaim = "https://aws.amazon.com/tags";
constexpr std::string_view kSourceIdentityClaim = "https://aws.amazon.com/source_identity";

using Refusal = std::optional<WebIdentityRefusal>;

WebIdentityRefusal Invalid(std::string message) { return {"InvalidIdentityToken", std::move(message)}; }

// A text or a list of texts.
std::vector<std::string> TextsOf(const Json* claim) {
  std::vector<std::string> texts;
  if (claim == nullptr) return texts;
  if (claim->is_string()) texts.push_back(claim->as_string());
  if (!claim->is_array()) return texts;
  for (const Json& one : claim->as_array()) {
    if (one.is_string()) texts.push_back(one.as_string());
  }
  return texts;
}

Refusal CheckTime(const Jwt& token, int64_t now) {
  const std::optional<int64_t> expires = token.Seconds("exp");
  const std::optional<int64_t> issued = token.Seconds("iat");
  if (!expires) return Invalid("Missing a required claim: exp");
  if (!issued) return Invalid("Missing a required claim: iat");
  if (now >= *expires) {
    return WebIdentityRefusal{
        "ExpiredWebIdentityToken",
        fmt::format("Token expired: current date/time {} must be before the expiration date/time {}", now, *expires)};
  }
  const int64_t begins = std::max(*issued, token.Seconds("nbf").value_or(0));
  if (now + WebIdentities::kClockError.count() < begins) {
    return Invalid(fmt::format("Token is not valid before date/time {}; the current date/time is {}", begins, now));
  }
  return std::nullopt;
}

// The audience a provider knows: the party the token was made for when it names one, else any of its audiences.
Refusal FindAudience(const Jwt& token, const records::OidcProvider& provider, std::string& audience) {
  std::vector<std::string> audiences = TextsOf(token.claims.Find("aud"));
  if (const std::string* party = token.Text("azp")) audiences = {*party};
  const auto known = [&](const std::string& one) {
    return std::find(provider.client_ids().begin(), provider.client_ids().end(), one) != provider.client_ids().end();
  };
  const auto found = std::find_if(audiences.begin(), audiences.end(), known);
  if (found == audiences.end()) return Invalid("Incorrect token audience");
  audience = *found;
  return std::nullopt;
}

Refusal CheckSignature(const Jwt& token, const std::string& issuer, VerificationKeys& keys) {
  const absl::StatusOr<JwkSet> set = keys.Find(issuer);
  if (absl::IsUnavailable(set.status())) {
    return WebIdentityRefusal{"IDPCommunicationError",
                              "The identity provider could not be reached to verify the incoming identity token"};
  }
  if (!set.ok()) {
    return Invalid(
        "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity "
        "documentation for requirements");
  }
  if (!set->Verifies(token)) return Invalid("The signature of the web identity token could not be validated");
  return std::nullopt;
}

void ReadSessionClaims(const Jwt& token, WebIdentity& identity) {
  identity.methods = TextsOf(token.claims.Find("amr"));
  if (const std::string* source = token.Text(kSourceIdentityClaim)) identity.source_identity = *source;
  const Json* tags = token.claims.Find(kTagsClaim);
  if (tags == nullptr) return;
  identity.transitive_tag_keys = TextsOf(tags->Find("transitive_tag_keys"));
  const Json* principal_tags = tags->Find("principal_tags");
  if (principal_tags == nullptr || !principal_tags->is_object()) return;
  for (const auto& [key, value] : principal_tags->as_object()) {
    const std::vector<std::string> texts = TextsOf(&value);
    if (!texts.empty()) identity.tags[key] = texts.front();
  }
}

}  // namespace

std::variant<WebIdentity, WebIdentityRefusal> WebIdentities::Verify(const std::string& account,
                                                                    std::string_view text) const {
  const std::optional<Jwt> token = Jwt::Parse(text);
  if (!token) {
    return Invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)");
  }
  const std::string* issuer = token->Text("iss");
  if (issuer == nullptr) return Invalid("Missing a required claim: iss");
  // Names are found whatever their case; an issuer has one name only, or each way to write it would be asked for keys.
  const OidcProviders::Table::Ptr provider = providers_.table().Find(account, IssuerName(*issuer));
  if (provider == nullptr || provider->name() != IssuerName(*issuer))
    return Invalid("No OpenIDConnect provider found in your account for " + *issuer);
  WebIdentity identity;
  // What costs nothing comes first: whoever sends this has shown no signature of ours.
  if (const Refusal refused = CheckTime(*token, UnixMillis(clock_.Wall()) / 1000)) return *refused;
  if (const Refusal refused = FindAudience(*token, *provider, identity.audience)) return *refused;
  if (const Refusal refused = CheckSignature(*token, *issuer, keys_)) return *refused;
  const std::string* subject = token->Text("sub");
  if (subject == nullptr) return Invalid("Missing a required claim: sub");
  if (subject->size() < kMinSubject || subject->size() > kMaxSubject) {
    return WebIdentityRefusal{"IDPRejectedClaim",
                              fmt::format("The claim sub must have {} to {} characters", kMinSubject, kMaxSubject)};
  }
  identity.provider_arn = ArnOf(*provider);
  identity.issuer_name = provider->name();
  identity.subject = *subject;
  ReadSessionClaims(*token, identity);
  return identity;
}

}  // namespace hearth::controller
