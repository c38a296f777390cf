// ApiMetrics counts what the endpoint answers and how long it took.
//
// Shapes:  hearth_api_requests_total{operation,code}; hearth_invocations_total{outcome} with outcome success,
//          function_error, throttled, failed or rejected; hearth_invocation_duration_seconds of those that ran.
// Threads: any thread.
#pragma once

#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "common/clock.h"
#include "common/http_message.h"
#include "common/metrics.h"
#include "common/mutex.h"

namespace hearth::controller {

class ApiMetrics {
 public:
  struct Timer {
    MonotonicTime started;
  };

  ApiMetrics(Metrics& metrics, Clock& clock);

  Timer StartTimer() { return {clock_.Monotonic()}; }
  // `operation` is one of a fixed set; empty when the request named none.
  void Answered(const Timer& timer, std::string_view operation, const HttpResponse& response);

 private:
  MetricCounter& RequestCounter(std::string_view operation, int code);

  Metrics& metrics_;
  Clock& clock_;
  MetricCounter& succeeded_;
  MetricCounter& function_errors_;
  MetricCounter& throttled_;
  MetricCounter& failed_;
  MetricCounter& rejected_;
  MetricHistogram& duration_;
  Mutex mutex_;
  absl::flat_hash_map<std::string, MetricCounter*> requests_ GUARDED_BY(mutex_);
};

}  // namespace hearth::controller
