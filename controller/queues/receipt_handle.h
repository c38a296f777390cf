// ReceiptHandle names one receipt of a message: what a consumer deletes it by.
//
// Shapes:  base64 of the queue, the message's state, its secret and how often it had been received, in hex. Whoever was
//          not given it cannot make it: the secret is random.
// Threads: a value type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hearth::controller {

struct ReceiptHandle {
  uint64_t queue = 0;
  uint64_t state = 0;
  uint64_t secret = 0;
  int32_t receives = 0;

  std::string ToString() const;
  static std::optional<ReceiptHandle> Parse(std::string_view text);
  bool operator==(const ReceiptHandle&) const = default;
};

}  // namespace hearth::controller
