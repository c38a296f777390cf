#include "common/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <sstream>

#include "common/mutex.h"

namespace hearth {
namespace {

class PrometheusCounter final : public MetricCounter {
 public:
  explicit PrometheusCounter(prometheus::Counter& counter) : counter_(counter) {}
  void Increment(double by) override { counter_.Increment(by); }

 private:
  prometheus::Counter& counter_;
};

class PrometheusGauge final : public MetricGauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge& gauge) : gauge_(gauge) {}
  void Set(double value) override { gauge_.Set(value); }

 private:
  prometheus::Gauge& gauge_;
};

class PrometheusHistogram final : public MetricHistogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram& histogram) : histogram_(histogram) {}
  void Observe(double value) override { histogram_.Observe(value); }

 private:
  prometheus::Histogram& histogram_;
};

class PrometheusMetrics final : public Metrics {
 public:
  MetricCounter& Counter(const std::string& name, const std::string& help, const MetricLabels& labels) override {
    prometheus::Counter& counter = prometheus::BuildCounter().Name(name).Help(help).Register(registry_).Add(labels);
    return Keep<PrometheusCounter>(counters_, &counter, counter);
  }

  MetricGauge& Gauge(const std::string& name, const std::string& help, const MetricLabels& labels) override {
    prometheus::Gauge& gauge = prometheus::BuildGauge().Name(name).Help(help).Register(registry_).Add(labels);
    return Keep<PrometheusGauge>(gauges_, &gauge, gauge);
  }

  MetricHistogram& Histogram(const std::string& name, const std::string& help, const MetricLabels& labels,
                             const std::vector<double>& bounds) override {
    prometheus::Histogram& histogram =
        prometheus::BuildHistogram().Name(name).Help(help).Register(registry_).Add(labels, bounds);
    return Keep<PrometheusHistogram>(histograms_, &histogram, histogram);
  }

  std::string Render() const override {
    std::ostringstream text;
    prometheus::TextSerializer().Serialize(text, registry_.Collect());
    return text.str();
  }

 private:
  // One wrapper for each of the library's objects, found by its address.
  template <class Wrapper, class Map, class Metric>
  Wrapper& Keep(Map& wrappers, const void* address, Metric& metric) {
    MutexLock lock(mutex_);
    auto& wrapper = wrappers[address];
    if (wrapper == nullptr) wrapper = std::make_unique<Wrapper>(metric);
    return static_cast<Wrapper&>(*wrapper);
  }

  prometheus::Registry registry_{prometheus::Registry::InsertBehavior::Merge};
  Mutex mutex_;
  std::map<const void*, std::unique_ptr<MetricCounter>> counters_ GUARDED_BY(mutex_);
  std::map<const void*, std::unique_ptr<MetricGauge>> gauges_ GUARDED_BY(mutex_);
  std::map<const void*, std::unique_ptr<MetricHistogram>> histograms_ GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<Metrics> Metrics::Create() { return std::make_unique<PrometheusMetrics>(); }

}  // namespace hearth
