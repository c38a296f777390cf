#include "cli/operator_client.h"

#include <fmt/format.h>

#include <filesystem>

#include "common/errors.h"

namespace hearth::cli {

absl::StatusOr<std::string> FindOperatorSocket(const std::string& data_directory) {
  std::error_code error;
  for (const char* place : {"/controller/operator.sock", "/operator.sock"}) {
    const std::string path = data_directory + place;
    if (std::filesystem::is_socket(path, error)) return path;
  }
  return absl::NotFoundError(
      fmt::format("no controller listens for its operator in {}; name its data directory with --data-dir, as root",
                  data_directory));
}

absl::StatusOr<Json> OperatorClient::Ask(const std::string& method, const std::string& path, const Json& body) const {
  HttpClientRequest request{.method = method, .url = "http://localhost" + path, .unix_socket = socket_};
  if (method != "GET") request.body = body.Dump();
  ASSIGN_OR_RETURN(const HttpResponse response, client_.Send(request));
  ASSIGN_OR_RETURN(Json answer, Json::Parse(response.body));
  if (response.status == 200) return answer;
  const Json* error = answer.Find("error");
  return absl::InternalError(error != nullptr && error->is_string() ? error->as_string() : response.body);
}

}  // namespace hearth::cli
