// VersionDigest is what a start needs to know of a stored version, read from its bytes without unpacking the rest: with
// 100,000 versions that is most of the work of a start.
//
// Shapes:  a serialized records::FunctionVersion; the views are into it.
// Errors:  DataLoss, naming the key, when the bytes are no message.
// Threads: no state.
// Source:  Protocol Buffers, "Encoding".
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace hearth::controller {

struct VersionDigest {
  int64_t code_bytes = 0;
  std::string_view code_sha256_hex;
  std::vector<std::string_view> layers_sha256_hex;
};

absl::StatusOr<VersionDigest> ReadVersionDigest(std::string_view key, std::string_view packed);

}  // namespace hearth::controller
