// hearth: the command line of an operator and of a developer.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/commands/account.h"
#include "cli/commands/dev.h"
#include "cli/commands/identity.h"
#include "cli/commands/keyring.h"
#include "cli/commands/logs.h"
#include "cli/commands/sign.h"
#include "common/log.h"

namespace hearth::cli {
namespace {

constexpr const char* kVersion = "0.1.0";

int Report(const absl::Status& status) {
  if (status.ok()) return 0;
  fmt::print(stderr, "hearth: {}\n", std::string(status.message()));
  return 1;
}

void AddDev(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("dev", "Run a whole Hearth on this machine");
  auto options = std::make_shared<DevOptions>();
  command->add_option("--data-dir", options->data_directory, "Where everything is kept; made when absent")->required();
  command->add_option("--listen", options->listen, "HOST:PORT of the AWS API")->capture_default_str();
  command->add_option("--workers", options->workers, "How many workers to run")->capture_default_str();
  command->add_option("--region", options->region, "The AWS region to answer as")->capture_default_str();
  command->add_option("--account", options->account, "The 12-digit account made at the first start")
      ->capture_default_str();
  command->callback([options, &exit_code] { exit_code = Report(RunDev(*options)); });
}

void AddLogs(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("logs", "Print what a function wrote");
  auto options = std::make_shared<LogsOptions>();
  command->add_option("function", options->function, "Name or ARN of the function, or a log group (/…)")->required();
  command->add_flag("--follow,-f", options->follow, "Stay and print what is written from now on");
  command->add_option("--since", options->since, "How far back: 30s, 10m, 2h, 7d, or a time")->capture_default_str();
  command->add_option("--profile", options->profile, "Profile of the AWS CLI's files");
  command->add_option("--region", options->region, "Region to sign for");
  command->add_option("--endpoint-url", options->endpoint_url, "URL of the AWS API");
  command->callback([options, &exit_code] { exit_code = Report(RunLogs(*options)); });
}

void AddAccount(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("account", "Make, list and limit accounts, as the operator of this machine");
  command->require_subcommand(1);
  auto options = std::make_shared<AccountOptions>();
  auto* create = command->add_subcommand("create", "Make an account; prints its root key as a profile");
  create->add_option("--id", options->account, "The 12 digits of the account; else they are drawn");
  create->callback([options, &exit_code] { exit_code = Report(RunAccountCreate(*options)); });
  auto* list = command->add_subcommand("list", "Print every account");
  list->callback([options, &exit_code] { exit_code = Report(RunAccountList(*options)); });
  auto* limits = command->add_subcommand("limits", "Print what an account may use, after changing it");
  limits->add_option("id", options->account, "The account")->required();
  limits->add_option("changes", options->limit_changes,
                     "NAME=NUMBER, or NAME=default: as the controller's settings say");
  limits->callback([options, &exit_code] { exit_code = Report(RunAccountLimits(*options)); });
  for (CLI::App* one : {create, list, limits}) {
    one->add_option("--data-dir", options->data_directory, "That of hearth dev, or of the controller")
        ->capture_default_str();
  }
}

void AddKeyring(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("keyring", "Show and replace the key that seals this installation's secrets");
  command->require_subcommand(1);
  auto options = std::make_shared<KeyringOptions>();
  auto* rotate = command->add_subcommand("rotate", "Seal with a new key from now on, and everything there is anew");
  rotate->callback([options, &exit_code] { exit_code = Report(RunKeyringRotate(*options)); });
  auto* list = command->add_subcommand("list", "Print the keys that are needed, the one that seals last");
  list->callback([options, &exit_code] { exit_code = Report(RunKeyringList(*options)); });
  for (CLI::App* one : {rotate, list}) {
    one->add_flag("--issuer", options->issuer, "Of the keys that sign functions' identity tokens, instead");
    one->add_option("--data-dir", options->data_directory, "That of hearth dev, or of the controller")
        ->capture_default_str();
  }
}

void AddProfileOptions(CLI::App& command, AwsProfileChoice& choice) {
  command.add_option("--profile", choice.profile, "Profile of the AWS CLI's files");
  command.add_option("--region", choice.region, "Region to sign for");
  command.add_option("--endpoint-url", choice.endpoint_url, "URL of the AWS API");
}

using IdentityRun = absl::Status (*)(const IdentityOptions&);

CLI::App* AddIdentity(CLI::App& group, const char* name, const char* what, IdentityRun run,
                      const std::shared_ptr<IdentityOptions>& options, int& exit_code) {
  auto* command = group.add_subcommand(name, what);
  AddProfileOptions(*command, options->profile);
  command->callback([run, options, &exit_code] { exit_code = Report(run(*options)); });
  return command;
}

void AddKey(CLI::App& app, int& exit_code) {
  auto* group = app.add_subcommand("key", "Make, list and take back access keys");
  group->require_subcommand(1);
  auto options = std::make_shared<IdentityOptions>();
  auto* create = AddIdentity(*group, "create", "Make a key; prints it as a profile", RunKeyCreate, options, exit_code);
  auto* list = AddIdentity(*group, "list", "Print every key", RunKeyList, options, exit_code);
  auto* off = AddIdentity(*group, "deactivate", "Stop a key from working", RunKeyDeactivate, options, exit_code);
  auto* gone = AddIdentity(*group, "delete", "Delete a key", RunKeyDelete, options, exit_code);
  for (CLI::App* one : {create, list, off, gone}) {
    one->add_option("--user", options->user, "Whose key; else the caller's own");
  }
  for (CLI::App* one : {off, gone}) one->add_option("id", options->access_key_id, "The access key id")->required();
}

void AddRole(CLI::App& app, int& exit_code) {
  auto* group = app.add_subcommand("role", "Make, list and delete roles that functions run as");
  group->require_subcommand(1);
  auto options = std::make_shared<IdentityOptions>();
  auto* create = AddIdentity(*group, "create", "Make a role; prints its ARN", RunRoleCreate, options, exit_code);
  create->add_option("--policy", options->policies, "ARN of a policy to attach; may be repeated")
      ->capture_default_str();
  AddIdentity(*group, "list", "Print every role", RunRoleList, options, exit_code);
  auto* gone = AddIdentity(*group, "delete", "Delete a role and what is attached", RunRoleDelete, options, exit_code);
  for (CLI::App* one : {create, gone}) one->add_option("name", options->role, "Its name")->required();

  auto* close = group->add_subcommand("close-sessions", "End every session of a role, as the operator of this machine");
  auto on_machine = std::make_shared<AccountOptions>();
  close->add_option("name", on_machine->role, "Its name")->required();
  close->add_option("--account", on_machine->account, "Whose role it is")->required();
  close->add_option("--data-dir", on_machine->data_directory, "That of hearth dev, or of the controller")
      ->capture_default_str();
  close->callback([on_machine, &exit_code] { exit_code = Report(RunCloseSessions(*on_machine)); });
}

void AddSign(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("sign", "Sign deployment packages, and make the keys for it");
  command->require_subcommand(1);
  auto options = std::make_shared<SignOptions>();
  auto* new_key = command->add_subcommand("new-key", "Make a signing key; prints its public key");
  new_key->add_option("file", options->key_file, "Where the key is kept")->required();
  new_key->callback([options, &exit_code] {
    RealRandom random;
    const absl::StatusOr<std::string> public_key = MakeSigningKey(options->key_file, random);
    if (public_key.ok()) fmt::print("{}\n", *public_key);
    exit_code = Report(public_key.status());
  });
  auto* package = command->add_subcommand("package", "Sign a zip");
  package->add_option("input", options->input, "The zip")->required();
  package->add_option("output", options->output, "Where the signed zip is written")->required();
  package->add_option("--key", options->key_file, "A key made by new-key")->required();
  package->add_option("--profile", options->profile_version_arn, "The ARN of the signing profile version")->required();
  package->add_option("--valid-days", options->valid_days, "How long the signature is good; 0: for ever")
      ->check(CLI::Range(int64_t{0}, int64_t{36500}))
      ->capture_default_str();
  package->callback([options, &exit_code] {
    RealClock clock;
    exit_code = Report(SignFile(*options, clock));
  });
}

int Main(int argc, char** argv) {
  InitLog("hearth", LogLevel::kInfo);
  CLI::App app("Hearth runs AWS Lambda functions on your own machines.", "hearth");
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  int exit_code = 0;
  AddAccount(app, exit_code);
  AddDev(app, exit_code);
  AddKey(app, exit_code);
  AddKeyring(app, exit_code);
  AddLogs(app, exit_code);
  AddRole(app, exit_code);
  AddSign(app, exit_code);
  CLI11_PARSE(app, argc, argv);
  return exit_code;
}

}  // namespace
}  // namespace hearth::cli

int main(int argc, char** argv) { return hearth::cli::Main(argc, argv); }
