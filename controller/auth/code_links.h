// CodeLinks makes and checks the links by which a function's package is downloaded: a GET that carries its own
// signature.
//
// Shapes:  "<base url>/_hearth/code/<64 hex>?X-Amz-Algorithm=…", good for kLifetime. The key is made at start and never
//          leaves: a restart ends every link.
// Threads: any thread.
// Source:  api.md GetFunction: Code.Location is a presigned URL good for ten minutes.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

#include "common/clock.h"
#include "common/random.h"
#include "controller/auth/request_verifier.h"

namespace hearth::controller {

class CodeLinks {
 public:
  static constexpr std::chrono::seconds kLifetime{600};
  static constexpr std::string_view kPathPrefix = "/_hearth/code/";

  CodeLinks(Clock& clock, Random& random, std::string region);

  // `base_url`: "http://host:port", the name the client will use for us.
  std::string Make(std::string_view base_url, std::string_view sha256_hex) const;
  // The package a download request may have.
  std::variant<std::string, AuthFailure> Check(const HttpRequest& request) const;

 private:
  Clock& clock_;
  const std::string region_;
  const SigV4Credentials key_;
  Credentials credentials_;
  RequestVerifier verifier_;
};

}  // namespace hearth::controller
