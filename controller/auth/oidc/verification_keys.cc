#include "controller/auth/oidc/verification_keys.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/errors.h"
#include "common/io/http_client.h"

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

std::string TextMember(const Json& json, std::string_view name) {
  const Json* found = json.Find(name);
  return found != nullptr && found->is_string() ? found->as_string() : "";
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
    if (json.ok() && TextMember(*json, "issuer") == issuer) return JwkSet::Parse(text);
  }
  return none;
}

absl::StatusOr<JwkSet> VerificationKeys::Published(const std::string& issuer) {
  {
    MutexLock lock(mutex_);
    const auto found = fetched_.find(issuer);
    if (found != fetched_.end() && clock_.Monotonic() - found->second.at < kFetchedFor) return found->second.keys;
  }
  ASSIGN_OR_RETURN(JwkSet keys, Ask(issuer));
  MutexLock lock(mutex_);
  if (fetched_.size() >= kMaxFetched) fetched_.clear();
  fetched_.insert_or_assign(issuer, Fetched{keys, clock_.Monotonic()});
  return keys;
}

absl::StatusOr<JwkSet> VerificationKeys::Ask(const std::string& issuer) const {
  if (!issuer.starts_with(kHttps)) return Unavailable(issuer, "is not asked: its URL is not https");
  const std::string base = issuer.ends_with('/') ? issuer.substr(0, issuer.size() - 1) : issuer;
  ASSIGN_OR_RETURN(const std::string document, fetch_(base + IdentityIssuer::kDiscoveryPath));
  const absl::StatusOr<Json> discovery = Json::Parse(document);
  if (!discovery.ok() || TextMember(*discovery, "issuer") != issuer) {
    return Unavailable(issuer, "publishes no configuration that names it");
  }
  const std::string keys_url = TextMember(*discovery, "jwks_uri");
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
