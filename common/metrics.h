// Metrics are the counters, gauges and histograms of one process, shown in Prometheus's text form.
//
// Shapes:  names end in their unit ("_seconds", "_bytes", "_total"); a name keeps one help text and one set of label
// names. Errors:  none. Asking for the same name and labels again returns the same object. Threads: any thread. The
// objects live as long as Metrics; keep a reference instead of asking on a hot path. Limits:  labels are chosen by us
// from small fixed sets, never from what a client sends.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace hearth {

using MetricLabels = std::map<std::string, std::string>;

class MetricCounter {
 public:
  virtual ~MetricCounter() = default;
  virtual void Increment(double by = 1) = 0;
};

class MetricGauge {
 public:
  virtual ~MetricGauge() = default;
  virtual void Set(double value) = 0;
};

class MetricHistogram {
 public:
  virtual ~MetricHistogram() = default;
  virtual void Observe(double value) = 0;
};

class Metrics {
 public:
  virtual ~Metrics() = default;
  static std::unique_ptr<Metrics> Create();

  virtual MetricCounter& Counter(const std::string& name, const std::string& help, const MetricLabels& labels) = 0;
  virtual MetricGauge& Gauge(const std::string& name, const std::string& help, const MetricLabels& labels) = 0;
  // `bounds`: the upper bounds of the buckets, ascending.
  virtual MetricHistogram& Histogram(const std::string& name, const std::string& help, const MetricLabels& labels,
                                     const std::vector<double>& bounds) = 0;
  virtual std::string Render() const = 0;
};

}  // namespace hearth
