#include "tests/performance/load_report.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/io/json.h"

namespace hearth::load {
namespace {

// The smallest latency that `share` of all requests did not exceed.
int64_t Percentile(const std::vector<uint32_t>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::clamp<size_t>(rank, 1, sorted.size()) - 1];
}

double Rounded(double value) { return std::round(value * 10) / 10; }

}  // namespace

void LoadReport::Add(const Outcome& outcome, std::chrono::nanoseconds latency) {
  if (outcome.status == 0) {
    ++unanswered_;
    timeouts_ += outcome.timed_out;
    return;
  }
  ++statuses_[outcome.status];
  function_errors_ += outcome.function_error;
  latencies_us_.push_back(static_cast<uint32_t>(std::clamp<int64_t>(latency.count() / 1000, 0, UINT32_MAX)));
}

std::string LoadReport::ToJson(const std::string& mode, int connections, double offered_rate,
                               std::chrono::nanoseconds elapsed) const {
  std::vector<uint32_t> sorted = latencies_us_;
  std::sort(sorted.begin(), sorted.end());
  int64_t failed = unanswered_ + unsent_ + function_errors_;
  Json statuses = Json::Object();
  for (const auto& [status, count] : statuses_) {
    statuses.Set(std::to_string(status), count);
    if (status < 200 || status > 299) failed += count;
  }
  const double seconds = std::chrono::duration<double>(elapsed).count();
  const double sum = std::accumulate(sorted.begin(), sorted.end(), 0.0);
  Json report;
  report.Set("mode", mode).Set("connections", connections).Set("seconds", Rounded(seconds));
  report.Set("count", sorted.size()).Set("errors", failed);
  report.Set("statuses", statuses).Set("function_errors", function_errors_);
  report.Set("timeouts", timeouts_).Set("unanswered", unanswered_).Set("unsent", unsent_);
  if (offered_rate > 0) report.Set("offered_rate", offered_rate);
  report.Set("achieved_rate", Rounded(seconds > 0 ? static_cast<double>(sorted.size()) / seconds : 0));
  report.Set("mean_us", Rounded(sorted.empty() ? 0 : sum / static_cast<double>(sorted.size())));
  report.Set("p50_us", Percentile(sorted, 0.5)).Set("p90_us", Percentile(sorted, 0.9));
  report.Set("p99_us", Percentile(sorted, 0.99)).Set("p999_us", Percentile(sorted, 0.999));
  report.Set("max_us", sorted.empty() ? 0 : int64_t{sorted.back()});
  return report.Dump();
}

}  // namespace hearth::load
