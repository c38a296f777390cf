// LoadGenerator runs one load: when requests are due, which connection sends them, and what came of them.
//
// Threads: Run() does everything on the caller's thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/performance/load_connection.h"
#include "tests/performance/load_options.h"
#include "tests/performance/load_report.h"

namespace hearth::load {

class LoadGenerator {
 public:
  explicit LoadGenerator(LoadOptions options);
  // The figures as one JSON object.
  std::string Run();

 private:
  using Time = std::chrono::steady_clock::time_point;

  bool Ended() const;
  void SendOn(LoadConnection& connection, Time due);
  void OnDone(LoadConnection& connection, Time due, const Outcome& outcome);
  void WaitForArrival();
  void OnArrival();
  void SendWaiting();
  void Watch();
  std::shared_ptr<const std::string> RequestText();
  std::chrono::nanoseconds NextGap();

  const LoadOptions options_;
  boost::asio::io_context context_{1};
  boost::asio::steady_timer arrival_;
  boost::asio::steady_timer watch_;
  std::vector<std::unique_ptr<LoadConnection>> connections_;
  std::vector<LoadConnection*> free_;  // open loop: the connections without a request
  std::deque<Time> waiting_;           // open loop: requests that are due and have no connection yet
  std::mt19937_64 random_;
  LoadReport report_;

  Time start_;
  Time end_;
  Time next_arrival_;
  Time last_done_;
  int64_t begun_ = 0;
  int64_t open_ = 0;

  int64_t signed_second_ = -1;
  std::shared_ptr<const std::string> text_;
};

}  // namespace hearth::load
