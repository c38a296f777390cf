// Envelope seals one secret with a fresh data key, and the data key with the provider's key (envelope encryption).
//
// Shapes:  a record is "HSE1" | u16 key-id length | key id | u16 wrapped length | wrapped key | nonce (12) |
// ciphertext, tag.
//          The context travels as additional authenticated data: a record moved to another place does not open.
// Errors:  DataLoss when the record or its context was changed; NotFound when the key that sealed it is gone.
// Threads: any thread.
// Source:  identity.md 3.3; NIST SP 800-38D (AES-256-GCM).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/random.h"
#include "controller/secrets/key_provider.h"
#include "proto/records.pb.h"

namespace hearth::controller {

// Where a secret belongs; never secret itself.
struct SecretContext {
  std::string account;
  std::string owner;    // function name, or access key id
  std::string version;  // "$LATEST", a number, or empty
  std::string field;    // "environment", "secret-access-key" …
};

class Envelope {
 public:
  Envelope(KeyProvider& keys, Random& random) : keys_(keys), random_(random) {}

  // Under the provider's current key, or the one named.
  absl::StatusOr<std::string> Seal(std::string_view plaintext, const SecretContext& context,
                                   std::string_view key_id = {}) const;
  absl::StatusOr<std::string> Open(std::string_view record, const SecretContext& context) const;
  // Whether it lies under another key of the installation than the current one; false for what is no record.
  bool NeedsReseal(std::string_view record) const;
  // The record sealed anew under the provider's current key; nullopt when it is, or is sealed under a customer's key.
  absl::StatusOr<std::optional<std::string>> Reseal(std::string_view record, const SecretContext& context) const;

 private:
  KeyProvider& keys_;
  Random& random_;
};

// Whether a key is a customer's, named by its ARN; the installation's own have ids.
inline bool IsCustomerKey(std::string_view key_id) { return key_id.starts_with("arn:"); }

// Where the variables of a function version belong.
SecretContext EnvironmentContext(const records::FunctionVersion& version);

using EnvironmentVariables = std::map<std::string, std::string>;

// The variables of a function version, as its owner gave them; empty when there are none.
absl::StatusOr<EnvironmentVariables> OpenEnvironment(const Envelope& envelope, const records::FunctionVersion& version);
// The record for FunctionVersion.sealed_environment of that version, under the key the version names.
absl::StatusOr<std::string> SealEnvironment(const Envelope& envelope, const EnvironmentVariables& variables,
                                            const records::FunctionVersion& version);

}  // namespace hearth::controller
