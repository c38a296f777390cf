#include "controller/settings_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "common/errors.h"
#include "common/setting_checks.h"
#include "controller/artifacts/signing_profiles.h"
#include "controller/auth/accounts.h"

namespace hearth::controller {
namespace {

bool Consists(std::string_view text, bool (*of)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), of);
}
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "us-east-1", "us-gov-west-1": ARNs of other regions are none to AWS's clients, nor to the patterns of the API.
absl::Status CheckRegion(std::string_view text) {
  const std::vector<std::string> parts = absl::StrSplit(absl::string_view(text.data(), text.size()), '-');
  const bool named =
      parts.size() >= 3 && parts[0].size() == 2 && parts.back().size() == 1 && Consists(parts.back(), IsDigit) &&
      std::all_of(parts.begin(), parts.end() - 1, [](const auto& part) { return Consists(part, IsLower); });
  if (named) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("'{}' is not the name of a region, as eu-west-1", text));
}

absl::Status CheckAccount(std::string_view text) {
  if (IsAccountNumber(text)) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("'{}' is not 12 digits", text));
}

}  // namespace

absl::Status CheckSettings(const Config& config) {
  const auto check = [&config](std::string_view key, absl::Status (*rule)(std::string_view)) {
    return OfSetting(key, rule(config.String(key)));
  };
  const auto check_if_set = [&](std::string_view key, absl::Status (*rule)(std::string_view)) {
    return config.String(key).empty() ? absl::OkStatus() : check(key, rule);
  };
  RETURN_IF_ERROR(OfSetting("controller.log_level", ParseLogLevel(config.String("controller.log_level")).status()));
  RETURN_IF_ERROR(check("controller.account", CheckAccount));
  RETURN_IF_ERROR(check("controller.region", CheckRegion));
  RETURN_IF_ERROR(check("controller.listen", CheckAddress));
  RETURN_IF_ERROR(check_if_set("controller.admin_listen", CheckAddress));
  RETURN_IF_ERROR(check("node.listen", CheckLoopbackAddress));
  RETURN_IF_ERROR(check_if_set("controller.public_url", CheckHttpUrl));
  RETURN_IF_ERROR(check_if_set("identity.issuer", CheckHttpUrl));
  return OfSetting("signing.profiles_file", SigningProfiles::Load(config.String("signing.profiles_file")).status());
}

}  // namespace hearth::controller
