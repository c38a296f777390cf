#include "cli/commands/keyring.h"

#include <fmt/format.h>

#include "cli/operator_client.h"
#include "common/errors.h"

namespace hearth::cli {
namespace {

absl::StatusOr<Json> Ask(const KeyringOptions& options, const std::string& method) {
  const std::unique_ptr<HttpClient> client = HttpClient::Create();
  ASSIGN_OR_RETURN(const std::string socket, FindOperatorSocket(options.data_directory));
  return OperatorClient(*client, socket).Ask(method, options.issuer ? "/issuer-keys" : "/sealing-keys", Json());
}

void Print(const KeyringOptions& options, const Json& answer) {
  fmt::print("{}", options.issuer ? IssuerLines(answer) : KeyringLines(answer));
}

}  // namespace

std::string KeyringLines(const Json& answer) {
  const Json* keys = answer.Find("Keys");
  if (keys == nullptr || !keys->is_array()) return "";
  std::string lines;
  for (size_t i = 0; i < keys->as_array().size(); ++i) {
    const Json& key = keys->as_array()[i];
    const bool seals = i + 1 == keys->as_array().size();
    lines += fmt::format("{} {}\n", key.is_string() ? key.as_string() : "?", seals ? "seals" : "is being replaced");
  }
  return lines;
}

std::string IssuerLines(const Json& answer) {
  const Json* keys = answer.Find("Keys");
  if (keys == nullptr || !keys->is_array()) return "";
  std::string lines;
  for (const Json& key : keys->as_array()) lines += fmt::format("{}\n", key.is_string() ? key.as_string() : "?");
  return lines;
}

absl::Status RunKeyringRotate(const KeyringOptions& options) {
  ASSIGN_OR_RETURN(const Json answer, Ask(options, "POST"));
  Print(options, answer);
  return absl::OkStatus();
}

absl::Status RunKeyringList(const KeyringOptions& options) {
  ASSIGN_OR_RETURN(const Json answer, Ask(options, "GET"));
  Print(options, answer);
  return absl::OkStatus();
}

}  // namespace hearth::cli
