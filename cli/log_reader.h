// LogReader asks the Logs API for a group's events again and again and gives each of them once.
//
// Errors:  NotFound when the group does not exist (yet), PermissionDenied when the key is not accepted, what HttpClient
//          says, else Internal with the service's own words.
// Threads: one.
// Limits:  events that arrive more than kOverlap later than newer ones of the group are missed when following.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/aws_profile.h"
#include "common/clock.h"
#include "common/io/http_client.h"
#include "common/io/json.h"

namespace hearth::cli {

struct LogLine {
  int64_t time_ms = 0;
  std::string stream;
  std::string message;
  bool by_platform = false;  // not written by the function, whatever it looks like
};

class LogReader {
 public:
  static constexpr std::chrono::seconds kOverlap{10};

  LogReader(HttpClient& client, Clock& clock, AwsProfile profile, std::string group, int64_t start_ms)
      : client_(client), clock_(clock), profile_(std::move(profile)), group_(std::move(group)), start_ms_(start_ms) {}

  // One page of events not given before; none: there is nothing new yet.
  absl::StatusOr<std::vector<LogLine>> Next();

 private:
  absl::StatusOr<Json> Ask(const Json& input);
  void ForgetOld();

  HttpClient& client_;
  Clock& clock_;
  const AwsProfile profile_;
  const std::string group_;
  int64_t start_ms_;
  std::string token_;
  std::map<std::string, int64_t> given_;  // event id -> time, no older than start_ms_
};

}  // namespace hearth::cli
