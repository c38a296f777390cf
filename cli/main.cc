// hearth: the command line of an operator and of a developer.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/commands/account.h"
#include "cli/commands/dev.h"
#include "cli/commands/keyring.h"
#include "cli/commands/logs.h"
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
  auto* command = app.add_subcommand("account", "Make and list accounts, as the operator of this machine");
  command->require_subcommand(1);
  auto options = std::make_shared<AccountOptions>();
  auto* create = command->add_subcommand("create", "Make an account; prints its root key as a profile");
  create->add_option("--id", options->account, "The 12 digits of the account; else they are drawn");
  create->callback([options, &exit_code] { exit_code = Report(RunAccountCreate(*options)); });
  auto* list = command->add_subcommand("list", "Print every account");
  list->callback([options, &exit_code] { exit_code = Report(RunAccountList(*options)); });
  for (CLI::App* one : {create, list}) {
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
    one->add_option("--data-dir", options->data_directory, "That of hearth dev, or of the controller")
        ->capture_default_str();
  }
}

int Main(int argc, char** argv) {
  InitLog("hearth", LogLevel::kInfo);
  CLI::App app("Hearth runs AWS Lambda functions on your own machines.", "hearth");
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  int exit_code = 0;
  AddAccount(app, exit_code);
  AddDev(app, exit_code);
  AddKeyring(app, exit_code);
  AddLogs(app, exit_code);
  CLI11_PARSE(app, argc, argv);
  return exit_code;
}

}  // namespace
}  // namespace hearth::cli

int main(int argc, char** argv) { return hearth::cli::Main(argc, argv); }
