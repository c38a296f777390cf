#include "tests/performance/load_generator.h"

#include <boost/asio/ip/address.hpp>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/clock.h"

namespace hearth::load {
namespace {

namespace asio = boost::asio;

// Requests that wait for a connection; past this the server has lost the race and more of them prove nothing.
constexpr size_t kMaxWaiting = 1'000'000;
constexpr std::chrono::milliseconds kWatchInterval{20};

std::string Render(const HttpRequest& request) {
  std::string text = absl::StrCat(request.method, " ", request.target, " HTTP/1.1\r\n");
  for (const auto& [name, value] : request.headers.fields) absl::StrAppend(&text, name, ": ", value, "\r\n");
  absl::StrAppend(&text, "Content-Length: ", request.body.size(), "\r\n\r\n", request.body);
  return text;
}

}  // namespace

LoadGenerator::LoadGenerator(LoadOptions options)
    : options_(std::move(options)), arrival_(context_), watch_(context_), random_(options_.seed) {
  const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(options_.address), options_.port);
  for (int i = 0; i < options_.connections; ++i) {
    connections_.push_back(std::make_unique<LoadConnection>(context_, endpoint));
  }
}

std::string LoadGenerator::Run() {
  start_ = std::chrono::steady_clock::now();
  end_ = start_ + options_.duration;
  last_done_ = start_;
  if (options_.mode == Mode::kClosed) {
    for (const auto& connection : connections_) {
      if (!Ended()) SendOn(*connection, start_);
    }
  } else {
    for (const auto& connection : connections_) free_.push_back(connection.get());
    next_arrival_ = start_ + NextGap();
    WaitForArrival();
  }
  Watch();
  context_.run();
  const auto measured = std::max(last_done_ - start_ - options_.warmup, std::chrono::nanoseconds(0));
  const bool open = options_.mode == Mode::kOpen;
  return report_.ToJson(open ? "open" : "closed", options_.connections, open ? options_.rate_per_second : 0, measured);
}

bool LoadGenerator::Ended() const {
  return begun_ >= options_.max_requests || std::chrono::steady_clock::now() >= end_;
}

void LoadGenerator::SendOn(LoadConnection& connection, Time due) {
  if (options_.mode == Mode::kClosed) ++begun_;
  ++open_;
  connection.Send(RequestText(),
                  [this, &connection, due](const Outcome& outcome) { OnDone(connection, due, outcome); });
}

void LoadGenerator::OnDone(LoadConnection& connection, Time due, const Outcome& outcome) {
  const Time now = std::chrono::steady_clock::now();
  --open_;
  last_done_ = now;
  if (due >= start_ + options_.warmup) report_.Add(outcome, now - due);
  if (options_.mode == Mode::kOpen) {
    free_.push_back(&connection);
    return SendWaiting();
  }
  if (Ended()) return;
  if (outcome.status != 0) return SendOn(connection, now);
  // Without a pause a server that is gone would be dialled without end.
  const auto pause = std::make_shared<asio::steady_timer>(context_, std::chrono::milliseconds(10));
  pause->async_wait([this, pause, &connection](const boost::system::error_code&) {
    if (!Ended()) SendOn(connection, std::chrono::steady_clock::now());
  });
}

void LoadGenerator::WaitForArrival() {
  if (next_arrival_ >= end_ || begun_ >= options_.max_requests) return;
  arrival_.expires_at(next_arrival_);
  arrival_.async_wait([this](const boost::system::error_code& error) {
    if (!error) OnArrival();
  });
}

void LoadGenerator::OnArrival() {
  // One wake-up may be late for several arrivals; each keeps the moment it was due.
  const Time now = std::chrono::steady_clock::now();
  while (next_arrival_ <= now && next_arrival_ < end_ && begun_ < options_.max_requests) {
    ++begun_;
    if (waiting_.size() < kMaxWaiting) {
      waiting_.push_back(next_arrival_);
    } else {
      report_.AddUnsent();
    }
    next_arrival_ += NextGap();
  }
  SendWaiting();
  WaitForArrival();
}

void LoadGenerator::SendWaiting() {
  while (!waiting_.empty() && !free_.empty()) {
    LoadConnection& connection = *free_.back();
    free_.pop_back();
    const Time due = waiting_.front();
    waiting_.pop_front();
    SendOn(connection, due);
  }
}

void LoadGenerator::Watch() {
  const Time now = std::chrono::steady_clock::now();
  for (const auto& connection : connections_) {
    if (connection->busy() && now - connection->sent_at() > options_.request_timeout) connection->GiveUp();
  }
  if (now > end_ + options_.request_timeout) {
    for (; !waiting_.empty(); waiting_.pop_front()) report_.AddUnsent();
  }
  if (open_ == 0 && waiting_.empty() && Ended()) return;
  watch_.expires_after(kWatchInterval);
  watch_.async_wait([this](const boost::system::error_code& error) {
    if (!error) Watch();
  });
}

std::shared_ptr<const std::string> LoadGenerator::RequestText() {
  if (!options_.sign) {
    if (text_ == nullptr) text_ = std::make_shared<const std::string>(Render(options_.request));
    return text_;
  }
  const WallTime now = RealClock().Wall();
  const int64_t second = UnixMillis(now) / 1000;
  if (second == signed_second_) return text_;
  signed_second_ = second;
  HttpRequest request = options_.request;
  const std::string date = FormatAmzDate(now);
  SignSigV4(request, options_.credentials, {date.substr(0, 8), options_.region, options_.service}, date);
  text_ = std::make_shared<const std::string>(Render(request));
  return text_;
}

std::chrono::nanoseconds LoadGenerator::NextGap() {
  double seconds = 1 / options_.rate_per_second;
  if (options_.arrivals == Arrivals::kPoisson) {
    seconds = std::exponential_distribution<double>(options_.rate_per_second)(random_);
  }
  return std::chrono::nanoseconds(std::max<int64_t>(1, std::llround(seconds * 1e9)));
}

}  // namespace hearth::load
