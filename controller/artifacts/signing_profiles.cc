#include "controller/artifacts/signing_profiles.h"

#include <fstream>
#include <vector>

#include "absl/strings/str_split.h"
#include "common/crypto.h"
#include "common/ed25519.h"
#include "common/errors.h"
#include "common/packages/code_signature.h"
#include "fmt/format.h"

namespace hearth::controller {

absl::StatusOr<SigningProfiles> SigningProfiles::Parse(std::string_view text) {
  SigningProfiles profiles;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(absl::string_view(text.data(), text.size()), '\n')) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    const std::vector<std::string> words = absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (words.empty()) continue;
    const std::optional<std::string> key = words.size() == 2 ? Base64Decode(words[1]) : std::nullopt;
    if (!key || key->size() != kEd25519KeyBytes || !words[0].starts_with("arn:")) {
      return absl::InvalidArgumentError(fmt::format(
          "line {}: a signing profile version's ARN and a base64 public key of 32 bytes are expected", number));
    }
    if (!profiles.keys_.emplace(words[0], *key).second) {
      return absl::InvalidArgumentError(fmt::format("line {}: {} has a key already", number, words[0]));
    }
  }
  return profiles;
}

absl::StatusOr<SigningProfiles> SigningProfiles::Load(const std::string& path) {
  if (path.empty()) return SigningProfiles();
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(fmt::format("{}: the signing profiles cannot be read", path));
  std::string text(kMaxBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMaxBytes)
    return absl::InvalidArgumentError(fmt::format("{}: more than {} bytes", path, kMaxBytes));
  absl::StatusOr<SigningProfiles> profiles = Parse(text);
  if (profiles.ok()) return profiles;
  return absl::InvalidArgumentError(fmt::format("{}: {}", path, std::string(profiles.status().message())));
}

const std::string* SigningProfiles::PublicKeyOf(std::string_view profile_version_arn) const {
  const auto found = keys_.find(profile_version_arn);
  return found == keys_.end() ? nullptr : &found->second;
}

SignatureVerdict JudgeSignature(std::string_view zip, const SigningProfiles& profiles, int64_t now_seconds) {
  const absl::StatusOr<std::optional<CodeSignature>> signature = ReadCodeSignature(zip);
  if (!signature.ok()) return {SignatureVerdict::Kind::kBroken, ""};
  if (!*signature) return {SignatureVerdict::Kind::kUntrusted, ""};
  const std::string* key = profiles.PublicKeyOf((*signature)->profile_version_arn);
  if (key == nullptr) return {SignatureVerdict::Kind::kUntrusted, ""};
  if (!(*signature)->VerifiesWith(*key)) return {SignatureVerdict::Kind::kBroken, ""};
  const int64_t expires = (*signature)->expires_seconds;
  if (expires != 0 && expires <= now_seconds) return {SignatureVerdict::Kind::kUntrusted, ""};
  return {SignatureVerdict::Kind::kTrusted, (*signature)->profile_version_arn};
}

}  // namespace hearth::controller
