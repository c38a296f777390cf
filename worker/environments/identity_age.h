// IdentityAge says when an environment's identity token is to be replaced.
//
// Threads: the loop's.
// Limits:  asks every kAskAgain until a new one came.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "common/clock.h"
#include "proto/node.pb.h"

namespace hearth::worker {

class IdentityAge {
 public:
  static constexpr std::chrono::seconds kAskAgain{30};

  // A token without a time to renew it stays; so does none.
  IdentityAge(node::IdentityToken identity, MonotonicTime now)
      : identity_(std::move(identity)), ask_at_(now + std::chrono::milliseconds(identity_.renew_after_ms())) {}

  // The token, once when it is old and again every kAskAgain.
  std::optional<std::string> TokenToRenew(MonotonicTime now) {
    if (identity_.renew_after_ms() <= 0 || now < ask_at_) return std::nullopt;
    ask_at_ = now + kAskAgain;
    return identity_.token();
  }

 private:
  node::IdentityToken identity_;
  MonotonicTime ask_at_;
};

}  // namespace hearth::worker
