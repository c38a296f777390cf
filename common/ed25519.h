// Ed25519 signatures: who holds the private key has seen exactly these bytes.
//
// Shapes:  raw bytes: keys of 32, signatures of 64.
// Errors:  a key or signature of another size verifies nothing; signing needs a key of the right size.
// Threads: no state.
// Source:  RFC 8032; OpenSSL, EVP_SIGNATURE-ED25519(7).
#pragma once

#include <string>
#include <string_view>

namespace hearth {

inline constexpr size_t kEd25519KeyBytes = 32;

// Preconditions: private_key is of kEd25519KeyBytes, all of them drawn by chance.
std::string Ed25519PublicKey(std::string_view private_key);
std::string Ed25519Sign(std::string_view private_key, std::string_view message);

bool Ed25519Verify(std::string_view public_key, std::string_view message, std::string_view signature);

}  // namespace hearth
