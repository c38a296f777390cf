#include "controller/auth/oidc/identity_issuer.h"

#include <fmt/format.h>

namespace hearth::controller {
namespace {

constexpr char kOurs[] = "hearth";

int64_t SecondsOf(WallTime time) { return UnixMillis(time) / 1000; }

std::string SubjectText(const FunctionSubject& subject) {
  return fmt::format("arn:aws:lambda:{}:{}:function:{}:{}", subject.region, subject.account, subject.name,
                     subject.version);
}

}  // namespace

IdentityIssuer::Token IdentityIssuer::Issue(const FunctionSubject& subject) const {
  return Sign({{"sub", SubjectText(subject)},
               {kOurs, Json(Json::Object{{"account", subject.account},
                                         {"function", subject.name},
                                         {"version", subject.version},
                                         {"started", SecondsOf(clock_.Wall())}})}});
}

std::optional<IdentityIssuer::Token> IdentityIssuer::Renew(std::string_view token) const {
  const std::optional<Jwt> old = Jwt::Parse(token);
  if (!old || !keys_.Published().Verifies(*old)) return std::nullopt;
  const std::string* issuer = old->Text("iss");
  const std::string* subject = old->Text("sub");
  const Json* ours = old->claims.Find(kOurs);
  if (issuer == nullptr || *issuer != url() || subject == nullptr || ours == nullptr) return std::nullopt;
  const Json* started = ours->Find("started");
  if (started == nullptr || !started->is_integer()) return std::nullopt;
  const int64_t age = SecondsOf(clock_.Wall()) - started->as_integer();
  if (age > std::chrono::seconds(kLongestEnvironment).count()) return std::nullopt;
  return Sign({{"sub", *subject}, {kOurs, *ours}});
}

IdentityIssuer::Token IdentityIssuer::Sign(Json::Object who) const {
  const int64_t now = SecondsOf(clock_.Wall());
  Json::Object claims = {{"iss", url()},
                         {"aud", options_.audience},
                         {"iat", now},
                         {"nbf", now},
                         {"exp", now + options_.lifetime.count()},
                         {"jti", random_.Uuid()}};
  claims.insert(claims.end(), std::make_move_iterator(who.begin()), std::make_move_iterator(who.end()));
  return {keys_.Sign(Json(std::move(claims))), std::chrono::milliseconds(options_.lifetime) / 2};
}

std::optional<std::string> IdentityIssuer::Document(std::string_view path) const {
  if (path == kKeysPath) return keys_.Published().ToJson().Dump();
  if (path != kDiscoveryPath) return std::nullopt;
  return Json(Json::Object{{"issuer", url()},
                           {"jwks_uri", url() + kKeysPath},
                           {"response_types_supported", Json::Array{"id_token"}},
                           {"subject_types_supported", Json::Array{"public"}},
                           {"id_token_signing_alg_values_supported", Json::Array{"ES256"}},
                           {"claims_supported", Json::Array{"iss", "sub", "aud", "iat", "nbf", "exp", "jti", kOurs}}})
      .Dump();
}

}  // namespace hearth::controller
