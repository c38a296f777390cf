#include "controller/kms/kms_cipher.h"

#include "common/crypto.h"
#include "common/errors.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kMagic = "HKC1";
constexpr size_t kNonceBytes = 12;

void AppendPart(std::string& out, std::string_view part) {
  out.push_back(static_cast<char>(part.size() >> 8));
  out.push_back(static_cast<char>(part.size() & 0xff));
  out.append(part);
}

bool TakePart(std::string_view& rest, std::string& part) {
  if (rest.size() < 2) return false;
  const size_t size =
      static_cast<size_t>(static_cast<unsigned char>(rest[0])) << 8 | static_cast<unsigned char>(rest[1]);
  if (rest.size() < 2 + size) return false;
  part = rest.substr(2, size);
  rest.remove_prefix(2 + size);
  return true;
}

// The head, and the context behind it.
std::string Bound(std::string_view head, const KmsContext& context) {
  std::string bytes(head);
  for (const auto& [key, value] : context) {
    AppendPart(bytes, key);
    AppendPart(bytes, value);
  }
  return bytes;
}

struct Parts {
  KmsCiphertextKey key;
  std::string_view head;
  std::string_view nonce;
  std::string_view sealed;
};

absl::StatusOr<Parts> Split(std::string_view ciphertext) {
  Parts parts;
  std::string_view rest = ciphertext;
  if (!rest.starts_with(kMagic)) return absl::DataLossError("not a ciphertext of ours");
  rest.remove_prefix(kMagic.size());
  if (!TakePart(rest, parts.key.key_id) || !TakePart(rest, parts.key.material_id) || rest.size() < kNonceBytes) {
    return absl::DataLossError("ciphertext: cut short");
  }
  parts.head = ciphertext.substr(0, ciphertext.size() - rest.size());
  parts.nonce = rest.substr(0, kNonceBytes);
  parts.sealed = rest.substr(kNonceBytes);
  return parts;
}

}  // namespace

std::string SealKmsCiphertext(const KmsCiphertextKey& key, std::string_view material, Random& random,
                              std::string_view plaintext, const KmsContext& context) {
  std::string head(kMagic);
  AppendPart(head, key.key_id);
  AppendPart(head, key.material_id);
  const std::string nonce = random.Bytes(kNonceBytes);
  return head + nonce + SealAesGcm(material, nonce, plaintext, Bound(head, context));
}

absl::StatusOr<KmsCiphertextKey> ReadKmsCiphertextKey(std::string_view ciphertext) {
  ASSIGN_OR_RETURN(Parts parts, Split(ciphertext));
  return std::move(parts.key);
}

absl::StatusOr<std::string> OpenKmsCiphertext(std::string_view material, std::string_view ciphertext,
                                              const KmsContext& context) {
  ASSIGN_OR_RETURN(const Parts parts, Split(ciphertext));
  return OpenAesGcm(material, parts.nonce, parts.sealed, Bound(parts.head, context));
}

}  // namespace hearth::controller
