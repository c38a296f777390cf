#include "controller/start_specs.h"

#include "common/errors.h"
#include "controller/invoke/environment_spec.h"

namespace hearth::controller {
namespace {

node::IdentityToken ToMessage(IdentityIssuer::Token token) {
  node::IdentityToken message;
  message.set_token(std::move(token.text));
  message.set_renew_after_ms(token.renew_after.count());
  return message;
}

// The credentials of a function's role; PermissionDenied when it cannot be assumed.
absl::StatusOr<IssuedSession> SessionOf(const records::FunctionVersion& version, const ExecutionRoles& roles) {
  absl::StatusOr<IssuedSession> session = roles.SessionFor(version.role(), FunctionArnOf(version), version.name());
  if (session.ok()) return session;
  return absl::PermissionDeniedError(session.status().message());
}

// The variables of a version, where the session of its role may have them.
absl::StatusOr<EnvironmentVariables> OpenAs(const IssuedSession& session, const records::FunctionVersion& version,
                                            const Envelope& envelope, const FunctionKeys& keys) {
  if (!version.kms_key_arn().empty()) {
    Identity identity;
    identity.kind = Identity::Kind::kRoleSession;
    identity.account = version.account();
    identity.principal_arn = session.principal_arn;
    identity.principal_id = session.principal_id;
    identity.role_arn = version.role();
    identity.source_function_arn = FunctionArnOf(version);
    RETURN_IF_ERROR(keys.MayDecrypt(identity, version.kms_key_arn(), identity.source_function_arn));
  }
  return OpenEnvironment(envelope, version);
}

}  // namespace

std::string IssuerUrl(const Config& config) {
  std::string url = config.String("identity.issuer");
  if (url.empty()) url = config.String("controller.public_url");
  if (url.empty()) url = "http://" + config.String("controller.listen");
  while (url.ends_with('/')) url.pop_back();
  return url;
}

NodeSessions::RenewIdentity RenewWith(const IdentityIssuer& issuer) {
  return [&issuer](const std::string& token) -> std::optional<node::IdentityToken> {
    std::optional<IdentityIssuer::Token> renewed = issuer.Renew(token);
    if (!renewed) return std::nullopt;
    return ToMessage(*std::move(renewed));
  };
}

SpecFactory SpecsFrom(const StartParts& parts) {
  return [parts](const records::FunctionVersion& version) -> absl::StatusOr<node::EnvironmentSpec> {
    ASSIGN_OR_RETURN(const IssuedSession session, SessionOf(version, parts.roles));
    ASSIGN_OR_RETURN(node::EnvironmentSpec spec, MakeEnvironmentSpec(version, [&](const auto& of) {
                       return OpenAs(session, of, parts.envelope, parts.keys);
                     }));
    const absl::StatusOr<ServedRuntime> served = parts.runtimes.Resolve(version.runtime());
    if (served.ok()) NameRuntimeVersion(*served, version, spec);
    GiveCredentials(session.credentials, session.expires_ms, spec);
    *spec.mutable_identity() =
        ToMessage(parts.issuer.Issue({version.region(), version.account(), version.name(), version.version()}));
    return spec;
  };
}

}  // namespace hearth::controller
