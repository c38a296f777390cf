#include "common/packages/code_signature.h"

#include <algorithm>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/crypto.h"
#include "common/ed25519.h"
#include "common/errors.h"
#include "fmt/format.h"

namespace hearth {
namespace {

constexpr std::string_view kMagic = "hearth-signature-1\n";
constexpr std::string_view kProfile = "profile ";
constexpr std::string_view kExpires = "expires ";
constexpr std::string_view kNever = "never";
constexpr std::string_view kEndRecord = "PK\005\006";
constexpr size_t kEndRecordBytes = 22;
constexpr size_t kCommentLengthBytes = 2;
constexpr size_t kMaxArnBytes = 2048;
constexpr size_t kMaxCommentBytes = 4096;

struct Parts {
  std::string_view body;     // up to the length of the comment, exclusive
  std::string_view comment;  // empty: none
};

// The end record and its comment are the last bytes of a zip. nullopt: it is no zip with a comment of our size.
std::optional<Parts> Split(std::string_view zip) {
  const size_t first =
      zip.size() > kEndRecordBytes + kMaxCommentBytes ? zip.size() - kEndRecordBytes - kMaxCommentBytes : 0;
  const size_t end = zip.substr(first).rfind(kEndRecord);
  if (end == std::string_view::npos || first + end + kEndRecordBytes > zip.size()) return std::nullopt;
  const size_t length_at = first + end + kEndRecordBytes - kCommentLengthBytes;
  const auto byte = [&](size_t at) { return static_cast<size_t>(static_cast<unsigned char>(zip[at])); };
  const size_t length = byte(length_at) | byte(length_at + 1) << 8;
  if (length_at + kCommentLengthBytes + length != zip.size()) return std::nullopt;
  return Parts{zip.substr(0, length_at), zip.substr(length_at + kCommentLengthBytes)};
}

std::string UnsignedDigest(std::string_view body) {
  Sha256Stream hash;
  hash.Update(body);
  hash.Update(std::string_view("\0\0", kCommentLengthBytes));
  return HexEncode(hash.Finish());
}

std::string Statement(std::string_view arn, int64_t expires_seconds) {
  return fmt::format("{}{}{}\n{}{}\n", kMagic, kProfile, arn, kExpires,
                     expires_seconds == 0 ? std::string(kNever) : std::to_string(expires_seconds));
}

bool IsArn(std::string_view text) {
  return text.starts_with("arn:") && text.size() <= kMaxArnBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

bool CodeSignature::VerifiesWith(std::string_view public_key) const {
  return Ed25519Verify(public_key, signed_text, signature);
}

absl::StatusOr<std::string> SignPackage(std::string_view zip, std::string_view profile_version_arn,
                                        int64_t expires_seconds, std::string_view private_key) {
  const std::optional<Parts> parts = Split(zip);
  if (!parts) return absl::InvalidArgumentError("this is no zip archive that can carry a signature");
  if (!parts->comment.empty() && !parts->comment.starts_with(kMagic)) {
    return absl::InvalidArgumentError("the archive has a comment, which would be lost; make it without one");
  }
  if (!IsArn(profile_version_arn)) return absl::InvalidArgumentError("the signing profile version must be an ARN");
  if (expires_seconds < 0) return absl::InvalidArgumentError("a signature cannot expire before 1970");
  if (private_key.size() != kEd25519KeyBytes) return absl::InvalidArgumentError("the signing key is not 32 bytes");
  const std::string statement = Statement(profile_version_arn, expires_seconds);
  const std::string signature = Ed25519Sign(private_key, statement + UnsignedDigest(parts->body));
  const std::string comment = statement + Base64Encode(signature) + "\n";
  std::string signed_zip(parts->body);
  signed_zip += static_cast<char>(comment.size() & 255);
  signed_zip += static_cast<char>(comment.size() >> 8);
  return signed_zip + comment;
}

absl::StatusOr<std::optional<CodeSignature>> ReadCodeSignature(std::string_view zip) {
  const std::optional<Parts> parts = Split(zip);
  if (!parts || !parts->comment.starts_with(kMagic)) return std::nullopt;
  const std::vector<std::string> lines = absl::StrSplit(std::string(parts->comment.substr(kMagic.size())), '\n');
  const absl::Status damaged = absl::InvalidArgumentError("the signature in the archive's comment cannot be read");
  if (lines.size() != 4 || !lines[0].starts_with(kProfile) || !lines[1].starts_with(kExpires) || !lines[3].empty()) {
    return damaged;
  }
  CodeSignature found;
  found.profile_version_arn = lines[0].substr(kProfile.size());
  const std::string expires = lines[1].substr(kExpires.size());
  if (expires != kNever && (!absl::SimpleAtoi(expires, &found.expires_seconds) || found.expires_seconds <= 0)) {
    return damaged;
  }
  const std::optional<std::string> signature = Base64Decode(lines[2]);
  if (!signature || !IsArn(found.profile_version_arn)) return damaged;
  found.signature = *signature;
  found.signed_text = Statement(found.profile_version_arn, found.expires_seconds) + UnsignedDigest(parts->body);
  return std::make_optional(std::move(found));
}

}  // namespace hearth
