#include "controller/auth/code_links.h"

#include "common/crypto.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kService = "hearth-code";
constexpr std::chrono::seconds kSkew{300};

}  // namespace

CodeLinks::CodeLinks(Clock& clock, Random& random, std::string region)
    : clock_(clock),
      region_(std::move(region)),
      key_{"HEARTHCODELINKS", random.Hex(32), ""},
      verifier_(credentials_, nullptr, clock, random, region_, kSkew) {
  credentials_.Add({RootIdentity("", key_.access_key_id), key_.secret_access_key});
}

std::string CodeLinks::Make(std::string_view base_url, std::string_view sha256_hex) const {
  HttpRequest request;
  request.method = "GET";
  request.target = std::string(kPathPrefix).append(sha256_hex);
  request.headers.Add("Host", std::string(base_url.substr(base_url.find("//") + 2)));
  const std::string now = FormatAmzDate(clock_.Wall());
  const SigV4Scope scope{now.substr(0, 8), region_, std::string(kService)};
  return std::string(base_url) + PresignSigV4(request, key_, scope, now, kLifetime.count());
}

std::variant<std::string, AuthFailure> CodeLinks::Check(const HttpRequest& request) const {
  AuthResult verified = verifier_.Verify(request, kService);
  if (AuthFailure* failure = std::get_if<AuthFailure>(&verified)) return std::move(*failure);
  return std::string(request.path().substr(kPathPrefix.size()));
}

}  // namespace hearth::controller
