// CodeReferences counts who uses each code package, so that a package nobody uses can be removed and no other.
//
// Shapes:  packages are named by the 64 hex digits of their SHA-256. A function version counts once per package; a pin
//          counts while a request that stored the package has not yet written its function.
// Threads: any thread; pins are given back on whichever thread drops them.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/mutex.h"

namespace hearth::controller {

class CodeReferences {
 public:
  void Add(std::string_view sha256_hex, int count);
  bool InUse(std::string_view sha256_hex) const;

 private:
  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, int> counts_ GUARDED_BY(mutex_);
};

// Keeps one package from being removed while it lives.
class CodePin {
 public:
  CodePin(CodeReferences& references, std::string sha256_hex)
      : references_(&references), sha256_hex_(std::move(sha256_hex)) {
    references_->Add(sha256_hex_, 1);
  }
  CodePin(CodePin&& other) noexcept
      : references_(std::exchange(other.references_, nullptr)), sha256_hex_(std::move(other.sha256_hex_)) {}
  CodePin(const CodePin&) = delete;
  CodePin& operator=(const CodePin&) = delete;
  ~CodePin() {
    if (references_ != nullptr) references_->Add(sha256_hex_, -1);
  }

 private:
  CodeReferences* references_;
  std::string sha256_hex_;
};

}  // namespace hearth::controller
