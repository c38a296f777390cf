// OperatorClient asks the controller of this machine, on its operator socket, for what only its operator may do.
//
// Shapes:  JSON both ways. A data directory is that of `hearth dev` or of a controller of its own.
// Errors:  NotFound when the directory has no socket (nothing runs there, or it is not ours to see); what the
//          controller answered otherwise.
// Threads: one.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/io/http_client.h"
#include "common/io/json.h"

namespace hearth::cli {

// The socket of the controller whose data lies in `data_directory`.
absl::StatusOr<std::string> FindOperatorSocket(const std::string& data_directory);

class OperatorClient {
 public:
  OperatorClient(HttpClient& client, std::string socket) : client_(client), socket_(std::move(socket)) {}

  absl::StatusOr<Json> Ask(const std::string& method, const std::string& path, const Json& body) const;

 private:
  HttpClient& client_;
  const std::string socket_;
};

}  // namespace hearth::cli
