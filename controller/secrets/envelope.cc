#include "controller/secrets/envelope.h"

#include <fmt/format.h>

#include "common/crypto.h"
#include "common/errors.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kMagic = "HSE1";
constexpr size_t kDataKeyBytes = 32;
constexpr size_t kNonceBytes = 12;

// Lengths go in front of the parts, so that no two contexts read the same.
void AppendPart(std::string& out, std::string_view part) {
  out.push_back(static_cast<char>(part.size() >> 8));
  out.push_back(static_cast<char>(part.size() & 0xff));
  out.append(part);
}

std::string ContextBytes(const SecretContext& context, std::string_view key_id) {
  std::string bytes;
  for (std::string_view part : {std::string_view(context.account), std::string_view(context.owner),
                                std::string_view(context.version), std::string_view(context.field), key_id}) {
    AppendPart(bytes, part);
  }
  return bytes;
}

// Takes a length-prefixed part off the front of `rest`; false when it is cut short.
bool TakePart(std::string_view& rest, std::string_view& part) {
  if (rest.size() < 2) return false;
  const size_t size = (static_cast<unsigned char>(rest[0]) << 8) | static_cast<unsigned char>(rest[1]);
  if (rest.size() < 2 + size) return false;
  part = rest.substr(2, size);
  rest.remove_prefix(2 + size);
  return true;
}

// What stands in front of the nonce.
struct Head {
  std::string_view key_id;
  std::string_view wrapped;
};

// Takes the head off the front of `record`.
absl::StatusOr<Head> TakeHead(std::string_view& record) {
  Head head;
  if (!record.starts_with(kMagic)) return absl::DataLossError("sealed record: not one of ours");
  record.remove_prefix(kMagic.size());
  if (!TakePart(record, head.key_id) || !TakePart(record, head.wrapped) || record.size() < kNonceBytes) {
    return absl::DataLossError("sealed record: cut short");
  }
  return head;
}

}  // namespace

SecretContext EnvironmentContext(const records::FunctionVersion& version) {
  return {version.account(), version.name(), version.version(), "environment"};
}

absl::StatusOr<std::string> Envelope::Seal(std::string_view plaintext, const SecretContext& context,
                                           std::string_view key_id) const {
  const std::string wrapping_key = key_id.empty() ? keys_.CurrentKeyId() : std::string(key_id);
  const std::string bound = ContextBytes(context, wrapping_key);
  std::string data_key = random_.Bytes(kDataKeyBytes);
  const std::string nonce = random_.Bytes(kNonceBytes);
  std::string sealed = SealAesGcm(data_key, nonce, plaintext, bound);
  absl::StatusOr<WrappedKey> wrapped = keys_.WrapUnder(wrapping_key, data_key, bound);
  CleanseSecret(data_key);
  if (!wrapped.ok()) return wrapped.status();
  std::string record(kMagic);
  AppendPart(record, wrapped->key_id);
  AppendPart(record, wrapped->bytes);
  return record + nonce + sealed;
}

absl::StatusOr<std::string> Envelope::Open(std::string_view record, const SecretContext& context) const {
  std::string_view rest = record;
  ASSIGN_OR_RETURN(const Head head, TakeHead(rest));
  const std::string bound = ContextBytes(context, head.key_id);
  ASSIGN_OR_RETURN(std::string data_key, keys_.Unwrap({std::string(head.key_id), std::string(head.wrapped)}, bound));
  absl::StatusOr<std::string> plaintext =
      OpenAesGcm(data_key, rest.substr(0, kNonceBytes), rest.substr(kNonceBytes), bound);
  CleanseSecret(data_key);
  return plaintext;
}

bool Envelope::NeedsReseal(std::string_view record) const {
  const absl::StatusOr<Head> head = TakeHead(record);
  return head.ok() && !IsCustomerKey(head->key_id) && head->key_id != keys_.CurrentKeyId();
}

absl::StatusOr<std::optional<std::string>> Envelope::Reseal(std::string_view record,
                                                            const SecretContext& context) const {
  if (!NeedsReseal(record)) return std::optional<std::string>();
  ASSIGN_OR_RETURN(std::string plaintext, Open(record, context));
  absl::StatusOr<std::string> sealed = Seal(plaintext, context);
  CleanseSecret(plaintext);
  if (!sealed.ok()) return sealed.status();
  return std::optional<std::string>(*std::move(sealed));
}

absl::StatusOr<EnvironmentVariables> OpenEnvironment(const Envelope& envelope,
                                                     const records::FunctionVersion& version) {
  if (version.sealed_environment().empty()) return EnvironmentVariables();
  ASSIGN_OR_RETURN(std::string bytes, envelope.Open(version.sealed_environment(), EnvironmentContext(version)));
  records::EnvironmentVariables record;
  const bool parsed = record.ParseFromString(bytes);
  CleanseSecret(bytes);
  if (!parsed) return absl::DataLossError(fmt::format("function {}: its environment cannot be read", version.name()));
  return EnvironmentVariables(record.variables().begin(), record.variables().end());
}

absl::StatusOr<std::string> SealEnvironment(const Envelope& envelope, const EnvironmentVariables& variables,
                                            const records::FunctionVersion& version) {
  if (variables.empty()) return std::string();
  records::EnvironmentVariables record;
  record.mutable_variables()->insert(variables.begin(), variables.end());
  std::string bytes = record.SerializeAsString();
  absl::StatusOr<std::string> sealed = envelope.Seal(bytes, EnvironmentContext(version), version.kms_key_arn());
  CleanseSecret(bytes);
  return sealed;
}

}  // namespace hearth::controller
