// MessageSigner signs what topics send with a key of the installation, and shows the certificate that proves it.
//
// Shapes:  signatures are base64: of version 1 over SHA-1, of version 2 over SHA-256. The key lies sealed in the
//          database; the certificate is public under path().
// Errors:  Open: the database's, the envelope's; DataLoss for a key that cannot be read.
// Threads: any thread; immutable but for Reseal, which blocks on disk.
// Source:  SNS Developer Guide, "Verifying the signatures of Amazon SNS messages".
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "controller/secrets/envelope.h"
#include "controller/store/database.h"

namespace hearth::controller {

class MessageSigner {
 public:
  static absl::StatusOr<std::unique_ptr<MessageSigner>> Open(Database& database, const Envelope& envelope, Clock& clock,
                                                             Random& random);
  ~MessageSigner();

  std::string Sign(int32_t version, std::string_view text) const;
  const std::string& path() const { return path_; }  // "/SimpleNotificationService-….pem"
  // The certificate at its path; nullopt for every other one.
  std::optional<std::string> Document(std::string_view path) const;
  // How many were sealed anew: under the installation's current key.
  absl::StatusOr<int> Reseal();

 private:
  MessageSigner(Database& database, const Envelope& envelope, std::string key, std::string certificate);

  Database& database_;
  const Envelope& envelope_;
  std::string private_key_;
  std::string certificate_;
  std::string path_;
};

}  // namespace hearth::controller
