#include "controller/kms/routed_keys.h"

#include "common/arn.h"
#include "common/crypto.h"
#include "common/errors.h"

namespace hearth::controller {
namespace {

// The envelope's context as a KMS one: what Lambda binds an environment to is inside.
KmsContext ContextOf(std::string_view context) { return {{"hearth:envelope", HexEncode(context)}}; }

absl::StatusOr<KmsScope> ScopeOf(std::string_view key_arn) {
  const std::optional<Arn> arn = Arn::Parse(key_arn);
  if (!arn || arn->service != "kms") return KeyProblemError(KeyProblem::kNotFound, key_arn);
  return KmsScope{arn->region, arn->account};
}

}  // namespace

absl::StatusOr<WrappedKey> RoutedKeys::WrapUnder(std::string_view key_id, std::string_view data_key,
                                                 std::string_view context) {
  if (!IsCustomerKey(key_id)) return own_.WrapUnder(key_id, data_key, context);
  ASSIGN_OR_RETURN(const KmsScope scope, ScopeOf(key_id));
  ASSIGN_OR_RETURN(const records::KmsKey key, customers_.FindUsable(scope, key_id));
  ASSIGN_OR_RETURN(std::string bytes, customers_.Encrypt(key, data_key, ContextOf(context)));
  return WrappedKey{std::string(key_id), std::move(bytes)};
}

absl::StatusOr<std::string> RoutedKeys::Unwrap(const WrappedKey& wrapped, std::string_view context) const {
  if (!IsCustomerKey(wrapped.key_id)) return own_.Unwrap(wrapped, context);
  ASSIGN_OR_RETURN(const KmsScope scope, ScopeOf(wrapped.key_id));
  ASSIGN_OR_RETURN(KmsKeys::Opened opened, customers_.Decrypt(scope, wrapped.bytes, ContextOf(context)));
  return std::move(opened.plaintext);
}

}  // namespace hearth::controller
