#include "controller/http/api_metrics.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

class ApiMetricsTest : public testing::Test {
 protected:
  void Answer(std::string_view operation, int status, bool function_error = false) {
    HttpResponse response;
    response.status = status;
    if (function_error) response.headers.Add("X-Amz-Function-Error", "Unhandled");
    metrics_.Answered(metrics_.StartTimer(), operation, response);
  }
  bool Shows(const std::string& line) { return registry_->Render().find(line) != std::string::npos; }

  FakeClock clock_;
  const std::unique_ptr<Metrics> registry_ = Metrics::Create();
  ApiMetrics metrics_{*registry_, clock_};
};

TEST_F(ApiMetricsTest, CountsRequestsByOperationAndStatus) {
  Answer("GetFunction", 200);
  Answer("GetFunction", 404);
  Answer("GetFunction", 404);
  EXPECT_TRUE(Shows("hearth_api_requests_total{code=\"404\",operation=\"GetFunction\"} 2"));
}

TEST_F(ApiMetricsTest, TellsHowInvocationsEnded) {
  Answer("Invoke", 200);
  Answer("Invoke", 200, true);
  Answer("Invoke", 429);
  Answer("Invoke", 500);
  Answer("Invoke", 404);
  for (const char* outcome : {"success", "function_error", "throttled", "failed", "rejected"}) {
    EXPECT_TRUE(Shows(std::string("hearth_invocations_total{outcome=\"") + outcome + "\"} 1")) << outcome;
  }
}

TEST_F(ApiMetricsTest, MeasuresThoseThatRan) {
  const ApiMetrics::Timer timer = metrics_.StartTimer();
  clock_.Advance(std::chrono::milliseconds(15));
  metrics_.Answered(timer, "Invoke", {});
  EXPECT_TRUE(Shows("hearth_invocation_duration_seconds_bucket{le=\"0.01\"} 0"));
  EXPECT_TRUE(Shows("hearth_invocation_duration_seconds_bucket{le=\"0.02\"} 1"));
}

}  // namespace
}  // namespace hearth::controller
