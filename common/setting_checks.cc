#include "common/setting_checks.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"

namespace hearth {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr size_t kMaxSocketPath = sizeof(sockaddr_un::sun_path) - 1;

absl::Status Invalid(std::string message) { return absl::InvalidArgumentError(message); }

bool IsUnixSocket(std::string_view text) {
  return text.starts_with(kUnixPrefix) && text.size() > kUnixPrefix.size() &&
         text.size() <= kUnixPrefix.size() + kMaxSocketPath;
}

// The address before the port, without brackets; nullopt when this is none.
std::optional<std::string> HostOf(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view digits = text.substr(colon + 1);
  int port = -1;
  if (!absl::SimpleAtoi(absl::string_view(digits.data(), digits.size()), &port) || port < 0 || port > 65535) {
    return std::nullopt;
  }
  std::string host(text.substr(0, colon));
  if (host == "localhost") return "127.0.0.1";
  in6_addr parsed{};
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    return inet_pton(AF_INET6, host.c_str(), &parsed) == 1 ? std::optional(host) : std::nullopt;
  }
  return inet_pton(AF_INET, host.c_str(), &parsed) == 1 ? std::optional(host) : std::nullopt;
}

}  // namespace

absl::StatusOr<LogLevel> ParseLogLevel(std::string_view text) {
  if (text == "debug") return LogLevel::kDebug;
  if (text == "info") return LogLevel::kInfo;
  if (text == "warn") return LogLevel::kWarn;
  if (text == "error") return LogLevel::kError;
  return Invalid(fmt::format("'{}' is not debug, info, warn or error", text));
}

absl::Status CheckAddress(std::string_view text) {
  if (IsUnixSocket(text) || HostOf(text)) return absl::OkStatus();
  return Invalid(fmt::format("'{}' is not an address; write 127.0.0.1:9000, [::1]:9000 or unix:/path", text));
}

absl::Status CheckLoopbackAddress(std::string_view text) {
  if (IsUnixSocket(text)) return absl::OkStatus();
  const std::optional<std::string> host = HostOf(text);
  if (host && (host->starts_with("127.") || *host == "::1")) return absl::OkStatus();
  return Invalid(fmt::format("'{}' is not an address on loopback; write 127.0.0.1:9010 or unix:/path", text));
}

absl::Status CheckHttpUrl(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme) || text.size() == scheme.size() || text[scheme.size()] == '/') continue;
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
    if (plain && text.find_first_of("?#") == std::string_view::npos) return absl::OkStatus();
  }
  return Invalid(fmt::format("'{}' is not a URL; write http://host:port or https://host", text));
}

absl::Status OfSetting(std::string_view key, const absl::Status& status) {
  if (status.ok()) return status;
  return {status.code(), fmt::format("{}: {}", key, std::string(status.message()))};
}

}  // namespace hearth
