#include "controller/auth/oidc/oidc_providers.h"

#include <fmt/format.h>

#include "common/errors.h"

namespace hearth::controller {

absl::StatusOr<std::unique_ptr<OidcProviders>> OidcProviders::Open(Database& database) {
  std::unique_ptr<OidcProviders> providers(new OidcProviders(database));
  RETURN_IF_ERROR(providers->table_.Load());
  return providers;
}

std::string ArnOf(const records::OidcProvider& provider) {
  return fmt::format("arn:aws:iam::{}:oidc-provider/{}", provider.account(), provider.name());
}

std::string_view IssuerName(std::string_view url) {
  const size_t scheme = url.find("://");
  return scheme == std::string_view::npos ? url : url.substr(scheme + 3);
}

}  // namespace hearth::controller
