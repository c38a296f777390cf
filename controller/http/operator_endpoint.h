// OperatorEndpoint does what only the operator of the machine may ask for, on a socket file in the data folder: who can
// open the file is the operator.
//
// Shapes:  JSON. POST /accounts {"Account": "12 digits"?} makes an account and answers its root key; GET /accounts
//          lists them. An error is {"error": "…"}.
// Threads: Handle on the server's I/O threads; the work is done on a thread of its own, since it waits for the disk.
// Limits:  kMaxWaiting requests wait; more are answered 503.
#pragma once

#include <memory>

#include "common/io/http_server.h"
#include "common/io/json.h"
#include "common/io/thread_pool.h"
#include "controller/auth/accounts.h"

namespace hearth::controller {

class OperatorEndpoint {
 public:
  static constexpr size_t kMaxWaiting = 32;

  explicit OperatorEndpoint(Accounts& accounts) : accounts_(accounts), pool_("operator", 1, kMaxWaiting) {}

  void Handle(HttpRequest request, std::unique_ptr<HttpResponder> responder);
  // What Handle answers. Blocks on disk.
  HttpResponse Answer(const HttpRequest& request);

 private:
  absl::StatusOr<Json> CreateAccount(const HttpRequest& request);
  absl::StatusOr<Json> ListAccounts() const;

  Accounts& accounts_;
  ThreadPool pool_;
};

}  // namespace hearth::controller
