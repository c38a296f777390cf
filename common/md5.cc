#include "common/md5.h"

#include <openssl/evp.h>

#include <array>
#include <cstdlib>

#include "common/crypto.h"

namespace hearth {
namespace {

// Fetched once: OpenSSL 3 looks an algorithm up by name at every implicit use.
const EVP_MD* Md5Algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "MD5", nullptr);
  if (algorithm == nullptr) std::abort();  // the default provider has it
  return algorithm;
}

}  // namespace

std::string Md5Hex(std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(data.data(), data.size(), digest.data(), &size, Md5Algorithm(), nullptr) != 1) std::abort();
  return HexEncode({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace hearth
