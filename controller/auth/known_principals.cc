#include "controller/auth/known_principals.h"

#include "common/arn.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kUser = "user/";
constexpr std::string_view kRole = "role/";
constexpr std::string_view kSession = "assumed-role/";

}  // namespace

bool KnownPrincipals::MayName(std::string_view account, std::string_view principal) const {
  const std::optional<Arn> arn = Arn::Parse(principal);
  if (!arn || arn->account != account) return true;
  const std::string_view resource = arn->resource;
  if (arn->service == "iam" && resource.starts_with(kUser)) {
    const UserPtr user = identities_.users().Find(account, resource.substr(resource.rfind('/') + 1));
    return user != nullptr && ArnOf(*user) == principal;
  }
  if (arn->service == "iam" && resource.starts_with(kRole)) {
    return sessions_.allow_unknown_roles() || sessions_.FindRole(principal) != nullptr;
  }
  if (arn->service != "sts" || !resource.starts_with(kSession)) return true;
  const std::string_view rest = resource.substr(kSession.size());
  return HasRole(account, rest.substr(0, rest.find('/')));
}

bool KnownPrincipals::HasRole(std::string_view account, std::string_view name) const {
  return sessions_.allow_unknown_roles() || identities_.roles().Find(account, name) != nullptr;
}

}  // namespace hearth::controller
