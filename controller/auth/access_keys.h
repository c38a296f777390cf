// AccessKeys makes, switches off and deletes long-term access keys: on disk first, then in what requests are verified
// with, so that a key works or stops working with the answer.
//
// Shapes:  ids are "AKIA" and 16 characters, secrets 40.
// Errors:  NotFound for a key the owner does not have, and the store's and the envelope's.
// Threads: any thread; blocks on disk.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/random.h"
#include "controller/auth/credentials.h"
#include "controller/secrets/envelope.h"
#include "controller/store/account_store.h"

namespace hearth::controller {

class AccessKeys {
 public:
  AccessKeys(AccountStore& store, const Envelope& envelope, Credentials& credentials, Clock& clock, Random& random)
      : store_(store), envelope_(envelope), credentials_(credentials), clock_(clock), random_(random) {}

  // Fills the credentials with every stored key.
  absl::Status Load();

  // `owner` without access_key_id: a root or a user. The answer holds the secret, which nothing else will show again.
  absl::StatusOr<Credential> Create(Identity owner);
  // In the order of their making.
  std::vector<Credential> ListOf(std::string_view principal_id) const;
  // nullptr when there is no such key.
  CredentialPtr Find(std::string_view access_key_id) const { return credentials_.FindAny(access_key_id); }
  absl::Status SetActive(std::string_view access_key_id, bool active);
  absl::Status Delete(std::string_view access_key_id);
  // Seals secrets anew that lie under an old key of the installation; how many.
  absl::StatusOr<int> Reseal();

 private:
  AccountStore& store_;
  const Envelope& envelope_;
  Credentials& credentials_;
  Clock& clock_;
  Random& random_;
};

// `prefix` and `drawn` characters of AWS's alphabet for ids: "AIDA…", "AROA…", "AKIA…".
std::string DrawIdentityId(std::string_view prefix, size_t drawn, Random& random);
// The AWS shared credentials file with one profile.
std::string SharedCredentialsFile(const Credential& credential, std::string_view profile);

}  // namespace hearth::controller
