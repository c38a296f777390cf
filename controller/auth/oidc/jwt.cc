#include "controller/auth/oidc/jwt.h"

#include <fmt/format.h>

#include "common/errors.h"
#include "common/io/json_text.h"

namespace hearth::controller {
namespace {

std::optional<Json> DecodeObject(std::string_view part) {
  const std::optional<std::string> text = Base64UrlDecode(part);
  if (!text) return std::nullopt;
  absl::StatusOr<Json> json = Json::Parse(*text);
  if (!json.ok() || !json->is_object()) return std::nullopt;
  return *std::move(json);
}

std::optional<Jwk> KeyOf(const Json& json) {
  const std::string type = TextOf(json, "kty");
  const std::string use = TextOf(json, "use");
  if (!use.empty() && use != "sig") return std::nullopt;
  Jwk key;
  key.id = TextOf(json, "kid");
  const auto read = [&](const char* name, std::string& into) {
    std::optional<std::string> bytes = Base64UrlDecode(TextOf(json, name));
    if (!bytes || bytes->empty()) return false;
    into = *std::move(bytes);
    return true;
  };
  if (type == "RSA" && read("n", key.modulus) && read("e", key.exponent)) {
    key.rsa = true;
    return key;
  }
  const bool p256 = type == "EC" && TextOf(json, "crv") == "P-256";
  if (p256 && read("x", key.point.x) && read("y", key.point.y)) return key;
  return std::nullopt;
}

bool Made(const Jwk& key, std::string_view algorithm, const Jwt& token) {
  if (algorithm == "ES256" && !key.rsa) return Es256Verify(key.point, token.signed_part, token.signature);
  if (algorithm == "RS256" && key.rsa) {
    return Rs256Verify(key.modulus, key.exponent, token.signed_part, token.signature);
  }
  return false;
}

}  // namespace

std::optional<Jwt> Jwt::Parse(std::string_view token) {
  if (token.size() > kMaxTokenBytes) return std::nullopt;
  const size_t first = token.find('.');
  const size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  std::optional<Json> header = DecodeObject(token.substr(0, first));
  std::optional<Json> claims = DecodeObject(token.substr(first + 1, second - first - 1));
  std::optional<std::string> signature = Base64UrlDecode(token.substr(second + 1));
  if (!header || !claims || !signature) return std::nullopt;
  return Jwt{*std::move(header), *std::move(claims), std::string(token.substr(0, second)), *std::move(signature)};
}

const std::string* Jwt::Text(std::string_view claim) const {
  const Json* found = claims.Find(claim);
  return found != nullptr && found->is_string() ? &found->as_string() : nullptr;
}

std::optional<int64_t> Jwt::Seconds(std::string_view claim) const {
  const Json* found = claims.Find(claim);
  if (found == nullptr || !found->is_number()) return std::nullopt;
  constexpr double kFarFuture = 1e12;
  const double seconds = found->as_number();
  if (!(seconds >= 0 && seconds <= kFarFuture)) return std::nullopt;
  return static_cast<int64_t>(seconds);
}

std::string Jwt::HeaderText(std::string_view name) const { return TextOf(header, name); }

absl::StatusOr<JwkSet> JwkSet::Parse(std::string_view json) {
  if (json.size() > kMaxBytes) return absl::InvalidArgumentError("a set of keys is larger than 256 KiB");
  ASSIGN_OR_RETURN(const Json parsed, Json::Parse(json));
  const Json* keys = parsed.Find("keys");
  if (keys == nullptr || !keys->is_array()) return absl::InvalidArgumentError("a set of keys has a list \"keys\"");
  if (keys->as_array().size() > kMaxKeys) {
    return absl::InvalidArgumentError(fmt::format("a set has more than {} keys", kMaxKeys));
  }
  JwkSet set;
  for (const Json& json_key : keys->as_array()) {
    if (std::optional<Jwk> key = KeyOf(json_key)) set.keys_.push_back(*std::move(key));
  }
  return set;
}

bool JwkSet::Verifies(const Jwt& token) const {
  const std::string id = token.HeaderText("kid");
  const std::string algorithm = token.HeaderText("alg");
  for (const Jwk& key : keys_) {
    if (!id.empty() && !key.id.empty() && key.id != id) continue;
    if (Made(key, algorithm, token)) return true;
  }
  return false;
}

Json JwkSet::ToJson() const {
  Json::Array keys;
  for (const Jwk& key : keys_) {
    Json::Object shown = {{"kid", key.id}, {"use", "sig"}};
    if (key.rsa) {
      shown.insert(shown.end(), {{"kty", "RSA"},
                                 {"alg", "RS256"},
                                 {"n", Base64UrlEncode(key.modulus)},
                                 {"e", Base64UrlEncode(key.exponent)}});
    } else {
      shown.insert(shown.end(), {{"kty", "EC"},
                                 {"alg", "ES256"},
                                 {"crv", "P-256"},
                                 {"x", Base64UrlEncode(key.point.x)},
                                 {"y", Base64UrlEncode(key.point.y)}});
    }
    keys.push_back(Json(std::move(shown)));
  }
  return Json(Json::Object{{"keys", std::move(keys)}});
}

std::string SignJwt(const Json& claims, std::string_view key_id, std::string_view private_key) {
  const Json header(Json::Object{{"alg", "ES256"}, {"kid", key_id}, {"typ", "JWT"}});
  const std::string signed_part = Base64UrlEncode(header.Dump()) + "." + Base64UrlEncode(claims.Dump());
  return signed_part + "." + Base64UrlEncode(Es256Sign(private_key, signed_part));
}

}  // namespace hearth::controller
