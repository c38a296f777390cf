#include "controller/auth/role_sessions.h"

#include <fmt/format.h>

#include "common/arn.h"
#include "common/crypto.h"
#include "common/errors.h"

namespace hearth::controller {
namespace {

constexpr size_t kUnknownIdDigits = 17;

std::string_view NameIn(std::string_view arn) { return arn.substr(arn.rfind('/') + 1); }

// No role has such an id: theirs have no digits 0, 1, 8 and 9, and this one begins with one.
std::string IdOfUnknown(std::string_view role_arn) {
  std::string digest = Sha256Hex(role_arn).substr(0, kUnknownIdDigits - 1);
  for (char& digit : digest) digit = static_cast<char>(std::toupper(digit));
  return "AROA0" + digest;
}

bool IsOfRole(const records::SessionContents& session) { return !session.role_arn().empty(); }

std::string PrincipalArn(const records::SessionContents& session) {
  if (!IsOfRole(session)) return session.own_principal_arn();
  return fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", session.account(), NameIn(session.role_arn()),
                     session.session_name());
}

std::string PrincipalId(const records::SessionContents& session) {
  if (!IsOfRole(session)) return session.role_id();
  return fmt::format("{}:{}", session.role_id(), session.session_name());
}

Identity::Kind KindOf(const records::SessionContents& session) {
  if (IsOfRole(session)) return Identity::Kind::kRoleSession;
  return session.session_name().empty() ? Identity::Kind::kRoot : Identity::Kind::kUser;
}

Identity IdentityOf(const records::SessionContents& session, std::string_view access_key_id) {
  Identity identity;
  identity.kind = KindOf(session);
  identity.account = session.account();
  identity.principal_arn = PrincipalArn(session);
  identity.principal_id = PrincipalId(session);
  identity.access_key_id = access_key_id;
  identity.role_arn = session.role_arn();
  identity.session_policy = session.session_policy();
  identity.source_function_arn = session.source_function_arn();
  identity.token_issued_ms = session.issued_ms();
  for (const records::IdentityTag& tag : session.tags()) identity.session_tags[tag.key()] = tag.value();
  identity.transitive_tag_keys.assign(session.transitive_tag_keys().begin(), session.transitive_tag_keys().end());
  identity.source_identity = session.source_identity();
  identity.federated_provider = session.federated_provider();
  return identity;
}

}  // namespace

RolePtr RoleSessions::FindRole(std::string_view role_arn) const {
  const std::optional<Arn> arn = Arn::Parse(role_arn);
  if (!arn || arn->service != "iam") return nullptr;
  RolePtr role = identities_.roles().Find(arn->account, NameIn(role_arn));
  return role != nullptr && ArnOf(*role) == role_arn ? role : nullptr;
}

absl::StatusOr<IssuedSession> RoleSessions::Issue(const SessionGrant& grant) const {
  const RolePtr role = FindRole(grant.role_arn);
  const std::optional<Arn> arn = Arn::Parse(grant.role_arn);
  if (!arn || (role == nullptr && !allow_unknown_roles_)) {
    return absl::NotFoundError(fmt::format("there is no role {}", grant.role_arn));
  }
  records::SessionContents session;
  session.set_account(arn->account);
  session.set_role_arn(grant.role_arn);
  session.set_role_unknown(role == nullptr);
  session.set_role_id(role == nullptr ? IdOfUnknown(grant.role_arn) : role->id());
  session.set_session_name(grant.session_name);
  session.set_session_policy(grant.session_policy);
  session.set_source_function_arn(grant.source_function_arn);
  session.set_source_identity(grant.source_identity);
  session.set_federated_provider(grant.federated_provider);
  for (const auto& [key, value] : grant.tags) {
    records::IdentityTag& tag = *session.add_tags();
    tag.set_key(key);
    tag.set_value(value);
  }
  for (const std::string& key : grant.transitive_tag_keys) session.add_transitive_tag_keys(key);
  IssuedSession issued = Seal(session, grant.lifetime);
  if (issued.credentials.session_token.size() > SessionTokens::kMaxTokenBytes) {
    return absl::ResourceExhaustedError(
        fmt::format("a session token may have {} bytes", SessionTokens::kMaxTokenBytes));
  }
  return issued;
}

IssuedSession RoleSessions::IssueOwn(const Identity& caller, std::chrono::seconds lifetime) const {
  records::SessionContents session;
  session.set_account(caller.account);
  session.set_role_id(caller.principal_id);
  session.set_own_principal_arn(caller.principal_arn);
  if (caller.kind == Identity::Kind::kUser) session.set_session_name(std::string(NameIn(caller.principal_arn)));
  return Seal(session, lifetime);
}

IssuedSession RoleSessions::Seal(records::SessionContents& session, std::chrono::seconds lifetime) const {
  const int64_t now_ms = UnixMillis(clock_.Wall());
  session.set_issued_ms(now_ms);
  session.set_expires_ms(now_ms + std::chrono::milliseconds(lifetime).count());
  return IssuedSession{tokens_.Seal(session), session.expires_ms(), PrincipalArn(session), PrincipalId(session)};
}

std::variant<Credential, RoleSessions::Refusal> RoleSessions::Find(std::string_view access_key_id,
                                                                   std::string_view token) const {
  std::optional<SessionTokens::Opened> opened = tokens_.Open(access_key_id, token);
  if (!opened || !StandsFor(opened->session)) return Refusal::kInvalid;
  if (UnixMillis(clock_.Wall()) >= opened->session.expires_ms()) return Refusal::kExpired;
  return Credential{IdentityOf(opened->session, access_key_id), std::move(opened->secret_access_key), true,
                    opened->session.issued_ms()};
}

bool RoleSessions::StandsFor(const records::SessionContents& session) const {
  if (!IsOfRole(session)) {
    if (session.session_name().empty()) return true;  // an account stays
    const UserPtr user = identities_.users().Find(session.account(), session.session_name());
    return user != nullptr && user->id() == session.role_id();
  }
  if (session.role_unknown()) return allow_unknown_roles_;
  const RolePtr role = identities_.roles().Find(session.account(), NameIn(session.role_arn()));
  return role != nullptr && role->id() == session.role_id() && session.issued_ms() >= role->sessions_valid_from_ms();
}

absl::Status RoleSessions::Revoke(std::string_view account, std::string_view role_name) {
  return identities_.roles()
      .Update(account, role_name,
              [this](records::Role& role) {
                role.set_sessions_valid_from_ms(UnixMillis(clock_.Wall()) + 1);
                return absl::OkStatus();
              })
      .status();
}

}  // namespace hearth::controller
