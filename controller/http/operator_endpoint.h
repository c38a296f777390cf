// OperatorEndpoint does what only the operator of the machine may ask for, on a socket file in the data folder: who can
// open the file is the operator.
//
// Shapes:  JSON. POST /accounts {"Account": "12 digits"?} makes an account and answers its root key; GET /accounts
//          lists them. GET /accounts/ID/limits shows what one may use and what was set for it alone; PUT takes {"name":
//          number, or null for the installation's}. POST /sealing-keys replaces the key that seals secrets; GET
//          /sealing-keys lists those that are needed, oldest first. POST /role-sessions/close {"Account", "RoleName"}
//          ends every session of a role. An error is {"error": "…"}.
// Threads: Handle on the server's I/O threads; the work is done on a thread of its own, since it waits for the disk.
// Limits:  kMaxWaiting requests wait; more are answered 503.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/io/http_server.h"
#include "common/io/json.h"
#include "common/io/thread_pool.h"
#include "controller/auth/accounts.h"
#include "controller/auth/role_sessions.h"
#include "controller/limits/account_limits.h"

namespace hearth::controller {

// The keys that seal this installation's secrets.
struct SealingKeys {
  std::function<absl::Status()> rotate;
  std::function<std::vector<std::string>()> ids;
};
// The keys that sign functions' identity tokens; the last one is the newest.
using IssuerKeysDoor = SealingKeys;

class OperatorEndpoint {
 public:
  static constexpr size_t kMaxWaiting = 32;

  OperatorEndpoint(Accounts& accounts, AccountLimits& limits, SealingKeys sealing_keys, IssuerKeysDoor issuer_keys,
                   RoleSessions& sessions)
      : accounts_(accounts),
        limits_(limits),
        sealing_keys_(std::move(sealing_keys)),
        issuer_keys_(std::move(issuer_keys)),
        sessions_(sessions),
        pool_("operator", 1, kMaxWaiting) {}

  void Handle(HttpRequest request, std::unique_ptr<HttpResponder> responder);
  // What Handle answers. Blocks on disk.
  HttpResponse Answer(const HttpRequest& request);

 private:
  absl::StatusOr<Json> CreateAccount(const HttpRequest& request);
  absl::StatusOr<Json> ListAccounts() const;
  absl::StatusOr<Json> CloseSessions(const HttpRequest& request);
  absl::StatusOr<Json> ShowOrSetLimits(const HttpRequest& request);

  Accounts& accounts_;
  AccountLimits& limits_;
  const SealingKeys sealing_keys_;
  const IssuerKeysDoor issuer_keys_;
  RoleSessions& sessions_;
  ThreadPool pool_;
};

}  // namespace hearth::controller
