#include "controller/http/api_metrics.h"

#include <fmt/format.h>

namespace hearth::controller {
namespace {

const std::vector<double> kDurationBounds = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5,
                                             1,     2,     5,     10,   30,   60,   300, 900};

MetricCounter& Invocations(Metrics& metrics, const char* outcome) {
  return metrics.Counter("hearth_invocations_total", "Synchronous invocations by how they ended.",
                         {{"outcome", outcome}});
}

}  // namespace

ApiMetrics::ApiMetrics(Metrics& metrics, Clock& clock)
    : metrics_(metrics),
      clock_(clock),
      succeeded_(Invocations(metrics, "success")),
      function_errors_(Invocations(metrics, "function_error")),
      throttled_(Invocations(metrics, "throttled")),
      failed_(Invocations(metrics, "failed")),
      rejected_(Invocations(metrics, "rejected")),
      duration_(metrics.Histogram("hearth_invocation_duration_seconds",
                                  "From the whole request to the answer of invocations that ran.", {},
                                  kDurationBounds)) {}

void ApiMetrics::Answered(const Timer& timer, std::string_view operation, const HttpResponse& response) {
  RequestCounter(operation, response.status).Increment();
  if (operation != "Invoke") return;
  if (response.status == 429) return throttled_.Increment();
  if (response.status >= 500) return failed_.Increment();
  if (response.status >= 400) return rejected_.Increment();
  (response.headers.Find("X-Amz-Function-Error") ? function_errors_ : succeeded_).Increment();
  duration_.Observe(std::chrono::duration<double>(clock_.Monotonic() - timer.started).count());
}

MetricCounter& ApiMetrics::RequestCounter(std::string_view operation, int code) {
  const std::string name = fmt::format("{}/{}", operation, code);
  MutexLock lock(mutex_);
  MetricCounter*& counter = requests_[name];
  if (counter == nullptr) {
    counter =
        &metrics_.Counter("hearth_api_requests_total", "Requests to the AWS endpoint by operation and HTTP status.",
                          {{"operation", std::string(operation)}, {"code", std::to_string(code)}});
  }
  return *counter;
}

}  // namespace hearth::controller
