// RequestVerifier decides who signed a request (AWS Signature Version 4), in a header or in the query.
//
// Errors:  AuthFailure carries the AWS error name and text the client should see.
// Threads: any thread; hashes the body, so large ones belong on a worker thread.
// Limits:  SigningKeys::kMaxKeys derived keys are kept.
// Source:  identity.md 3.1; AWS General Reference, "Troubleshoot Signature Version 4 signed requests".
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

#include "common/clock.h"
#include "common/random.h"
#include "common/sigv4.h"
#include "controller/auth/credentials.h"
#include "controller/auth/identity.h"
#include "controller/auth/role_sessions.h"
#include "controller/auth/seen_signatures.h"
#include "controller/auth/signing_keys.h"

namespace hearth::controller {

struct AuthFailure {
  std::string shape;  // "InvalidSignatureException"
  std::string message;
};

using AuthResult = std::variant<Identity, AuthFailure>;

class RequestVerifier {
 public:
  static constexpr std::string_view kGlobalRegion = "us-east-1";

  // `sessions`: nullptr takes long-term keys only.
  RequestVerifier(const Credentials& credentials, const RoleSessions* sessions, Clock& clock, Random& random,
                  std::string region, std::chrono::seconds max_skew);

  // `service` is the one the endpoint belongs to ("lambda"); the client's word for it is only compared. Some services
  // are one for all regions: clients sign for kGlobalRegion, too.
  // A request that changes something is good `once`.
  enum class Use { kRepeatable, kOnce };
  AuthResult Verify(const HttpRequest& request, std::string_view service, bool global = false,
                    Use use = Use::kRepeatable) const;
  // What was derived from the access key's secret goes: it was switched off, deleted or replaced.
  void Forget(std::string_view access_key_id) { signing_keys_.Forget(access_key_id); }
  size_t signing_keys() const { return signing_keys_.size(); }
  // Requests that would be taken a second time, for want of memory.
  int64_t signatures_not_remembered() const { return seen_.not_remembered(); }

 private:
  std::optional<AuthFailure> CheckScope(const SigV4Claim& claim, std::string_view service, bool global) const;
  std::optional<AuthFailure> CheckTime(const SigV4Claim& claim) const;
  // Whose key the claim names; nullptr when it is nobody's.
  std::variant<CredentialPtr, AuthFailure> FindCredential(const SigV4Claim& claim) const;

  const Credentials& credentials_;
  const RoleSessions* const sessions_;
  Clock& clock_;
  const std::string region_;
  const std::chrono::seconds max_skew_;
  // Verifies for key ids nobody has, so that an answer takes as long for them as for a wrong signature.
  const std::string dummy_secret_;
  mutable SeenSignatures seen_;
  mutable SigningKeys signing_keys_;
};

}  // namespace hearth::controller
