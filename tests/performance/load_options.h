// LoadOptions is what hearth-load was asked to do, read from its command line.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/http_message.h"
#include "common/sigv4.h"

namespace hearth::load {

enum class Mode { kClosed, kOpen };  // as fast as answers come, or at a rate of its own
enum class Arrivals { kFixed, kPoisson };

struct LoadOptions {
  std::string host;  // of the Host header: "127.0.0.1:9000"
  std::string address;
  uint16_t port = 0;
  HttpRequest request = {};
  Mode mode = Mode::kClosed;
  Arrivals arrivals = Arrivals::kPoisson;
  double rate_per_second = 0;
  int connections = 1;
  int64_t max_requests = 0;
  std::chrono::milliseconds duration{0};
  std::chrono::milliseconds warmup{0};
  std::chrono::milliseconds request_timeout{0};
  uint64_t seed = 1;
  bool sign = false;
  SigV4Credentials credentials = {};
  std::string region;
  std::string service;
};

// Bounds of one run.
inline constexpr int64_t kMaxRequests = 20'000'000;
inline constexpr int kMaxConnections = 4096;
inline constexpr std::chrono::seconds kMaxDuration{3600};

// Reads the command line. On a mistake (or --help) writes what to say to `exit_code`'s stream and returns false.
bool ReadLoadOptions(int argc, char** argv, LoadOptions& options, int& exit_code);

}  // namespace hearth::load
