#include "cli/aws_profile.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "fmt/format.h"

namespace hearth::cli {
namespace {

constexpr char kDefaultEndpoint[] = "http://127.0.0.1:9000";
constexpr char kDefaultRegion[] = "us-east-1";

std::string ReadFile(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

std::string Trim(std::string_view text) {
  return std::string(absl::StripAsciiWhitespace(absl::string_view(text.data(), text.size())));
}

std::string ValueOf(const std::map<std::string, std::string>& section, const std::string& key) {
  const auto found = section.find(key);
  return found == section.end() ? std::string() : found->second;
}

std::string FirstOf(std::initializer_list<std::string> candidates) {
  for (const std::string& candidate : candidates) {
    if (!candidate.empty()) return candidate;
  }
  return {};
}

SigV4Credentials CredentialsOf(const std::map<std::string, std::string>& section) {
  return {ValueOf(section, "aws_access_key_id"), ValueOf(section, "aws_secret_access_key"),
          ValueOf(section, "aws_session_token")};
}

bool Complete(const SigV4Credentials& credentials) {
  return !credentials.access_key_id.empty() && !credentials.secret_access_key.empty();
}

}  // namespace

std::optional<std::string> ProcessVariable(const std::string& name) {
  const char* value = getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

std::map<std::string, std::string> ParseIniSection(std::string_view text, std::string_view section) {
  std::map<std::string, std::string> keys;
  bool inside = false;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string line = Trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      inside = line.back() == ']' && Trim(std::string_view(line).substr(1, line.size() - 2)) == section;
      continue;
    }
    const size_t equals = line.find('=');
    if (!inside || equals == std::string::npos) continue;
    keys[absl::AsciiStrToLower(Trim(std::string_view(line).substr(0, equals)))] =
        Trim(std::string_view(line).substr(equals + 1));
  }
  return keys;
}

absl::StatusOr<AwsProfile> LoadAwsProfile(const AwsProfileChoice& choice, const EnvironmentLookup& environment) {
  const auto variable = [&environment](const char* name) { return environment(name).value_or(""); };
  const std::string home = variable("HOME") + "/.aws/";
  const std::string credentials_file = FirstOf({variable("AWS_SHARED_CREDENTIALS_FILE"), home + "credentials"});
  const std::string config_file = FirstOf({variable("AWS_CONFIG_FILE"), home + "config"});
  const std::string name = FirstOf({choice.profile, variable("AWS_PROFILE"), "default"});
  const auto stored = ParseIniSection(ReadFile(credentials_file), name);
  const auto config = ParseIniSection(ReadFile(config_file), name == "default" ? name : "profile " + name);

  AwsProfile profile;
  if (choice.profile.empty()) {
    profile.credentials = {variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"),
                           variable("AWS_SESSION_TOKEN")};
  }
  if (!Complete(profile.credentials)) profile.credentials = CredentialsOf(stored);
  if (!Complete(profile.credentials)) profile.credentials = CredentialsOf(config);
  if (!Complete(profile.credentials)) {
    return absl::NotFoundError(
        fmt::format("no credentials for profile {} in {}; set AWS_SHARED_CREDENTIALS_FILE to the "
                    "credentials file of the data directory",
                    name, credentials_file));
  }
  profile.region = FirstOf({choice.region, variable("AWS_REGION"), variable("AWS_DEFAULT_REGION"),
                            ValueOf(config, "region"), ValueOf(stored, "region"), kDefaultRegion});
  profile.endpoint_url = FirstOf({choice.endpoint_url, variable("AWS_ENDPOINT_URL"), ValueOf(config, "endpoint_url"),
                                  ValueOf(stored, "endpoint_url"), kDefaultEndpoint});
  return profile;
}

}  // namespace hearth::cli
