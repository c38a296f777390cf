// CodeTrust decides whether a package may be deployed to a function under its code signing configuration.
//
// Shapes:  a function without a configuration takes everything. With one, code and layers must be signed by a signing
//          profile version that the configuration allows and the operator has given a key to.
// Errors:  CodeSigningConfigNotFoundException; CodeVerificationFailedException for what is untrusted, when the
//          configuration enforces (else it is logged); InvalidCodeSignatureException for a signature that does not fit
//          its package, always.
// Threads: any thread; reads packages from disk.
// Source:  Lambda Developer Guide, "Using code signing to verify code integrity"; docs/decisions/0009.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "controller/artifacts/signing_profiles.h"
#include "controller/store/code_signing_store.h"

namespace hearth::controller {

class CodeTrust {
 public:
  using ReadPackage = std::function<absl::StatusOr<std::string>(std::string_view sha256_hex)>;

  CodeTrust(std::string region, const SigningProfiles& profiles, const CodeSigningStore& configs,
            ReadPackage read_package, Clock& clock)
      : region_(std::move(region)),
        profiles_(profiles),
        configs_(configs),
        read_package_(std::move(read_package)),
        clock_(clock) {}

  // The signing profile version that vouches for the package; empty when none does.
  std::string SignerOf(std::string_view zip) const;
  absl::StatusOr<records::CodeSigningConfig> FindConfig(const std::string& account, const std::string& arn) const;

  // Whether `function` may take this package.
  absl::Status CheckCode(const records::Function& function, std::string_view zip) const;
  // Whether it may take the layers of its newest version.
  absl::Status CheckLayers(const records::Function& function) const;

 private:
  absl::Status Check(const records::CodeSigningConfig& config, std::string_view zip, std::string_view what) const;
  SignatureVerdict Judge(std::string_view zip) const;

  const std::string region_;
  const SigningProfiles& profiles_;
  const CodeSigningStore& configs_;
  const ReadPackage read_package_;
  Clock& clock_;
};

}  // namespace hearth::controller
