// AwsProfile is what the AWS CLI's environment variables and files say about whom to ask and as whom.
//
// Shapes:  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_PROFILE, AWS_REGION, AWS_DEFAULT_REGION,
//          AWS_ENDPOINT_URL, AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE; then [name] of ~/.aws/credentials and
//          [profile name] of ~/.aws/config. A profile that is named wins over keys in the environment.
// Errors:  NotFound when there are no credentials, saying where one could put them.
// Threads: a value type.
// Source:  AWS CLI User Guide, "Configuration and credential file settings".
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/sigv4.h"

namespace hearth::cli {

struct AwsProfile {
  SigV4Credentials credentials;
  std::string region;
  std::string endpoint_url;
};

// What the command line gave; empty: not given.
struct AwsProfileChoice {
  std::string profile{};
  std::string region{};
  std::string endpoint_url{};
};

using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;

absl::StatusOr<AwsProfile> LoadAwsProfile(const AwsProfileChoice& choice, const EnvironmentLookup& environment);
// getenv(3); an empty variable is none.
std::optional<std::string> ProcessVariable(const std::string& name);

// The keys of one [section] of an INI file, lower-cased.
std::map<std::string, std::string> ParseIniSection(std::string_view text, std::string_view section);

}  // namespace hearth::cli
