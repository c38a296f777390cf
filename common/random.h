// Random is the only source of chance: ids, tokens, draws. main.cc makes the real one, tests a SeededRandom.
//
// Threads: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

#include "common/mutex.h"

namespace hearth {

class Random {
 public:
  virtual ~Random() = default;
  // `size` bytes; the real one's are fit for keys (getrandom(2)).
  virtual std::string Bytes(size_t size) = 0;

  std::string Hex(size_t bytes);   // 2 * bytes characters
  std::string Uuid();              // random UUID, version 4
  uint64_t Below(uint64_t bound);  // [0, bound); bound > 0
};

class RealRandom final : public Random {
 public:
  std::string Bytes(size_t size) override;
};

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : engine_(seed) {}
  std::string Bytes(size_t size) override;

 private:
  Mutex mutex_;
  std::mt19937_64 engine_ GUARDED_BY(mutex_);
};

}  // namespace hearth
