#include "common/metrics.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(MetricsTest, ShowsWhatWasCounted) {
  const std::unique_ptr<Metrics> metrics = Metrics::Create();
  metrics->Counter("hearth_calls_total", "Calls.", {{"kind", "a"}}).Increment();
  metrics->Counter("hearth_calls_total", "Calls.", {{"kind", "a"}}).Increment(2);
  EXPECT_NE(metrics->Render().find("hearth_calls_total{kind=\"a\"} 3"), std::string::npos);
}

TEST(MetricsTest, PutsAnObservationIntoItsBucket) {
  const std::unique_ptr<Metrics> metrics = Metrics::Create();
  metrics->Histogram("hearth_wait_seconds", "Waits.", {}, {0.1, 1}).Observe(0.5);
  const std::string text = metrics->Render();
  EXPECT_NE(text.find("hearth_wait_seconds_bucket{le=\"0.1\"} 0"), std::string::npos);
  EXPECT_NE(text.find("hearth_wait_seconds_bucket{le=\"1\"} 1"), std::string::npos);
}

TEST(MetricsTest, ShowsTheLastValueOfAGauge) {
  const std::unique_ptr<Metrics> metrics = Metrics::Create();
  metrics->Gauge("hearth_workers", "Workers.", {}).Set(5);
  metrics->Gauge("hearth_workers", "Workers.", {}).Set(2);
  EXPECT_NE(metrics->Render().find("hearth_workers 2"), std::string::npos);
}

}  // namespace
}  // namespace hearth
