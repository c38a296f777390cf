// LoadReport collects the outcome of every request and renders the figures of a run.
//
// Shapes:  latencies are microseconds, from the moment the request was due (open loop: its arrival, so that a slow
//          server is not spared the requests it kept waiting) until its answer was read.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hearth::load {

struct Outcome {
  int status = 0;  // 0: no answer
  bool function_error = false;
  bool timed_out = false;
};

class LoadReport {
 public:
  void Add(const Outcome& outcome, std::chrono::nanoseconds latency);
  void AddUnsent() { ++unsent_; }
  // `elapsed`: the measured time, without the warm-up.
  std::string ToJson(const std::string& mode, int connections, double offered_rate,
                     std::chrono::nanoseconds elapsed) const;

 private:
  std::map<int, int64_t> statuses_;
  int64_t function_errors_ = 0;
  int64_t timeouts_ = 0;
  int64_t unanswered_ = 0;
  int64_t unsent_ = 0;
  std::vector<uint32_t> latencies_us_;
};

}  // namespace hearth::load
