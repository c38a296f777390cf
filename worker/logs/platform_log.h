// PlatformLog writes the platform's records of one environment into its log: lines of text, or JSON events.
//
// Shapes:  JSON events are {"time","type","record"}, with the records of the Telemetry API; see platform_lines.h for
// text.
//          The text format has no record of an initialisation that went well, and END instead of runtimeDone.
// Threads: those of the stream.
// Source:  semantics.md §8; runtime.md §3.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/io/json.h"
#include "proto/node.pb.h"
#include "worker/logs/log_stream.h"
#include "worker/logs/platform_lines.h"

namespace hearth::worker {

inline std::string_view InitializationType(const node::EnvironmentSpec& spec) {
  return spec.provisioned() ? "provisioned-concurrency" : "on-demand";
}

class PlatformLog {
 public:
  // `spec` and `stream` outlive it.
  PlatformLog(const node::EnvironmentSpec& spec, LogStream& stream, Clock& clock)
      : spec_(spec), stream_(stream), clock_(clock) {}

  void InitStart(InitPhase phase);
  void InitDone(std::chrono::microseconds duration, InitPhase phase, const PhaseStatus& status);
  void Start(std::string_view request_id);
  // An extension, once the phase is over in which it registered; with `error_type` it failed.
  void Extension(std::string_view name, std::string_view state, const std::vector<std::string>& events,
                 std::string_view error_type);
  // The invocation is over.
  void Report(const ReportFigures& figures);

 private:
  bool json() const { return stream_.rules().json; }
  void Event(EventLevel level, std::string_view type, Json record);

  const node::EnvironmentSpec& spec_;
  LogStream& stream_;
  Clock& clock_;
};

}  // namespace hearth::worker
