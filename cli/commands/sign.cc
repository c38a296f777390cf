#include "cli/commands/sign.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "common/crypto.h"
#include "common/ed25519.h"
#include "common/errors.h"
#include "common/limits.h"
#include "common/packages/code_signature.h"
#include "common/unique_fd.h"
#include "fmt/format.h"

namespace hearth::cli {
namespace {

constexpr size_t kMaxKeyFileBytes = 4096;
constexpr int64_t kSecondsPerDay = 86400;

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t most) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(fmt::format("{}: cannot be read", path));
  std::string bytes(most + 1, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(file.gcount()));
  if (bytes.size() > most) return absl::InvalidArgumentError(fmt::format("{}: more than {} bytes", path, most));
  return bytes;
}

absl::StatusOr<std::string> ReadKey(const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(path, kMaxKeyFileBytes));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const std::optional<std::string> key = Base64Decode(text);
  if (key && key->size() == kEd25519KeyBytes) return *key;
  return absl::InvalidArgumentError(fmt::format("{}: no key made by hearth sign new-key", path));
}

}  // namespace

absl::StatusOr<std::string> MakeSigningKey(const std::string& key_file, Random& random) {
  std::string key = random.Bytes(kEd25519KeyBytes);
  const std::string text = Base64Encode(key) + "\n";
  const UniqueFd file(open(key_file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) return ErrnoStatus("make " + key_file);
  if (write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) || fsync(file.get()) != 0) {
    return ErrnoStatus("write " + key_file);
  }
  std::string public_key = Base64Encode(Ed25519PublicKey(key));
  CleanseSecret(key);
  return public_key;
}

absl::Status SignFile(const SignOptions& options, Clock& clock) {
  ASSIGN_OR_RETURN(const std::string key, ReadKey(options.key_file));
  ASSIGN_OR_RETURN(const std::string zip, ReadFile(options.input, static_cast<size_t>(kMaxUnzippedBytes)));
  const int64_t now = UnixMillis(clock.Wall()) / 1000;
  const int64_t expires = options.valid_days == 0 ? 0 : now + options.valid_days * kSecondsPerDay;
  ASSIGN_OR_RETURN(const std::string signed_zip, SignPackage(zip, options.profile_version_arn, expires, key));
  const std::string unfinished = options.output + ".unfinished";
  std::ofstream file(unfinished, std::ios::binary | std::ios::trunc);
  file.write(signed_zip.data(), static_cast<std::streamsize>(signed_zip.size()));
  file.close();
  if (!file) return absl::UnavailableError(fmt::format("{}: cannot be written", unfinished));
  std::error_code error;
  std::filesystem::rename(unfinished, options.output, error);
  if (error) return absl::UnavailableError(fmt::format("{}: {}", options.output, error.message()));
  return absl::OkStatus();
}

}  // namespace hearth::cli
