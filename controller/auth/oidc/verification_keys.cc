#include "controller/auth/oidc/verification_keys.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/errors.h"
#include "common/io/http_client.h"
#include "common/io/json_text.h"
#include "common/log.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kHttps = "https://";

absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(JwkSet::kMaxBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return absl::UnavailableError(fmt::format("{} cannot be read", path.string()));
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

absl::Status Unavailable(std::string_view issuer, std::string_view what) {
  return absl::UnavailableError(fmt::format("the issuer {} {}", issuer, what));
}

}  // namespace

absl::StatusOr<JwkSet> VerificationKeys::Find(const std::string& issuer) {
  if (issuer == own_.url()) return own_.Published();
  absl::StatusOr<JwkSet> in_folder = InFolder(issuer);
  if (in_folder.ok() || !absl::IsNotFound(in_folder.status()) || !fetch_) return in_folder;
  return Published(issuer);
}

absl::StatusOr<JwkSet> VerificationKeys::InFolder(const std::string& issuer) const {
  const absl::Status none = absl::NotFoundError(fmt::format("nobody says what the keys of {} are", issuer));
  if (folder_.empty()) return none;
  std::error_code error;
  size_t count = 0;
  const std::filesystem::directory_iterator entries(folder_, error);
  if (error) return absl::UnavailableError(fmt::format("{} cannot be read: {}", folder_, error.message()));
  for (const auto& entry : entries) {
    if (entry.path().extension() != ".json") continue;
    if (++count > kMaxFiles) break;
    ASSIGN_OR_RETURN(const std::string text, ReadFile(entry.path()));
    const absl::StatusOr<Json> json = Json::Parse(text);
    if (json.ok() && TextOf(*json, "issuer") == issuer) return JwkSet::Parse(text);
  }
  return none;
}

absl::StatusOr<JwkSet> VerificationKeys::Published(const std::string& issuer) {
  if (!issuer.starts_with(kHttps)) return Unavailable(issuer, "is not asked: its URL is not https");
  if (std::optional<absl::StatusOr<JwkSet>> known = KnownOrAsking(issuer)) return *std::move(known);
  absl::StatusOr<JwkSet> keys = Ask(issuer);
  if (!keys.ok()) {
    LogWarn("an issuer's keys cannot be had", {{"issuer", issuer}, {"error", std::string(keys.status().message())}});
  }
  MutexLock lock(mutex_);
  --asking_;
  fetched_.insert_or_assign(issuer, Fetched{keys, clock_.Monotonic()});
  return keys;
}

std::optional<absl::StatusOr<JwkSet>> VerificationKeys::KnownOrAsking(const std::string& issuer) {
  const MonotonicTime now = clock_.Monotonic();
  MutexLock lock(mutex_);
  const auto found = fetched_.find(issuer);
  if (found != fetched_.end()) {
    const Fetched& known = found->second;
    if (known.asking || now - known.at < (known.keys.ok() ? kFetchedFor : kFailedFor)) return known.keys;
  }
  if (asking_ >= kMaxAsking) return Unavailable(issuer, "is not asked: others do not answer");
  if (found == fetched_.end() && fetched_.size() >= kMaxFetched) ForgetOldest();
  const auto asked = fetched_.try_emplace(issuer, Fetched{Unavailable(issuer, "is being asked"), now});
  asked.first->second.asking = true;
  ++asking_;
  return std::nullopt;
}

void VerificationKeys::ForgetOldest() {
  auto oldest = fetched_.end();
  for (auto one = fetched_.begin(); one != fetched_.end(); ++one) {
    if (one->second.asking) continue;
    if (oldest == fetched_.end() || one->second.at < oldest->second.at) oldest = one;
  }
  if (oldest != fetched_.end()) fetched_.erase(oldest);
}

absl::StatusOr<JwkSet> VerificationKeys::Ask(const std::string& issuer) const {
  const std::string base = issuer.ends_with('/') ? issuer.substr(0, issuer.size() - 1) : issuer;
  ASSIGN_OR_RETURN(const std::string document, fetch_(base + IdentityIssuer::kDiscoveryPath));
  const absl::StatusOr<Json> discovery = Json::Parse(document);
  if (!discovery.ok() || TextOf(*discovery, "issuer") != issuer) {
    return Unavailable(issuer, "publishes no configuration that names it");
  }
  const std::string keys_url = TextOf(*discovery, "jwks_uri");
  if (!keys_url.starts_with(kHttps)) return Unavailable(issuer, "names no https URL of its keys");
  ASSIGN_OR_RETURN(const std::string keys, fetch_(keys_url));
  absl::StatusOr<JwkSet> set = JwkSet::Parse(keys);
  if (!set.ok()) return Unavailable(issuer, std::string(set.status().message()));
  return set;
}

VerificationKeys::Fetch FetchByHttps() {
  return [](const std::string& url) -> absl::StatusOr<std::string> {
    HttpClientRequest request;
    request.url = url;
    request.timeout = VerificationKeys::kFetchLimit;
    request.max_body_bytes = JwkSet::kMaxBytes;
    absl::StatusOr<HttpResponse> response = HttpClient::Create()->Send(request);
    if (!response.ok()) return absl::UnavailableError(response.status().message());
    if (response->status != 200) {
      return absl::UnavailableError(fmt::format("{} answers with status {}", url, response->status));
    }
    return std::move(response->body);
  };
}

}  // namespace hearth::controller
