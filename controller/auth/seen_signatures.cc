#include "controller/auth/seen_signatures.h"

#include <cstring>
#include <string>
#include <utility>

#include "common/crypto.h"

namespace hearth::controller {

void SeenSignatures::TurnOver(MonotonicTime now) {
  if (now - began_ < window_) return;
  previous_ = now - began_ < 2 * window_ ? std::exchange(current_, Generation()) : Generation();
  current_.clear();
  began_ = now;
}

bool SeenSignatures::IsNew(std::string_view signature) {
  const std::string bytes = HexDecode(signature).value_or("");
  Digest digest{};
  if (bytes.size() < sizeof(digest)) return true;  // not a signature that could have been accepted
  std::memcpy(digest.data(), bytes.data(), sizeof(digest));
  const MonotonicTime now = clock_.Monotonic();
  MutexLock lock(mutex_);
  TurnOver(now);
  for (const Generation* generation : {&current_, &previous_}) {
    const auto found = generation->find(digest);
    if (found != generation->end()) return now - found->second <= kSameCall;
  }
  if (current_.size() >= max_in_generation_) {
    ++not_remembered_;
  } else {
    current_.emplace(digest, now);
  }
  return true;
}

int64_t SeenSignatures::not_remembered() const {
  MutexLock lock(mutex_);
  return not_remembered_;
}

}  // namespace hearth::controller
