#include "worker/logs/platform_log.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace hearth::worker {
namespace {

// The runtime went away by itself; other errors are answers that were no good.
constexpr std::string_view kCrashes[] = {"Runtime.ExitError", "Runtime.OutOfMemory"};

std::string_view StatusName(const PhaseStatus& status) {
  switch (status.kind) {
    case PhaseStatus::Kind::kSuccess:
      return "success";
    case PhaseStatus::Kind::kTimeout:
      return "timeout";
    case PhaseStatus::Kind::kError:
      break;
  }
  const bool crashed = std::find(std::begin(kCrashes), std::end(kCrashes), status.error_type) != std::end(kCrashes);
  return crashed ? "error" : "failure";
}

void SetStatus(Json& record, const PhaseStatus& status) {
  record.Set("status", StatusName(status));
  if (!status.error_type.empty()) record.Set("errorType", status.error_type);
}

EventLevel LevelOf(const PhaseStatus& status, EventLevel level_of_success) {
  return status.kind == PhaseStatus::Kind::kSuccess ? level_of_success : EventLevel::kWarn;
}

Json Millis(std::chrono::microseconds duration) { return Json(static_cast<double>(duration.count()) / 1000.0); }

Json InitRecord(const node::EnvironmentSpec& spec, InitPhase phase) {
  return Json(Json::Object{{"initializationType", InitializationType(spec)},
                           {"phase", phase == InitPhase::kInit ? "init" : "invoke"}});
}

}  // namespace

void PlatformLog::InitStart(InitPhase phase) {
  if (!json()) return stream_.Platform(InitStartLine(spec_.runtime_version_text(), spec_.runtime_version_arn()));
  Json record = InitRecord(spec_, phase);
  record.Set("runtimeVersion", spec_.runtime_version_text());
  record.Set("runtimeVersionArn", spec_.runtime_version_arn());
  record.Set("functionName", spec_.function_name());
  record.Set("functionVersion", spec_.version());
  Event(EventLevel::kInfo, "platform.initStart", std::move(record));
}

void PlatformLog::InitDone(std::chrono::microseconds duration, InitPhase phase, const PhaseStatus& status) {
  const bool success = status.kind == PhaseStatus::Kind::kSuccess;
  if (!json()) {
    if (!success) stream_.Platform(InitReportLine(duration, phase, status));
    return;
  }
  Json done = InitRecord(spec_, phase);
  SetStatus(done, status);
  Event(LevelOf(status, EventLevel::kDebug), "platform.initRuntimeDone", std::move(done));
  Json report = InitRecord(spec_, phase);
  SetStatus(report, status);
  report.Set("metrics", Json(Json::Object{{"durationMs", Millis(duration)}}));
  Event(LevelOf(status, EventLevel::kDebug), "platform.initReport", std::move(report));
}

void PlatformLog::Start(std::string_view request_id) {
  if (!json()) return stream_.Platform(StartLine(request_id, spec_.version()));
  Event(EventLevel::kInfo, "platform.start",
        Json(Json::Object{{"requestId", request_id}, {"version", spec_.version()}}));
}

void PlatformLog::Extension(std::string_view name, std::string_view state, const std::vector<std::string>& events,
                            std::string_view error_type) {
  if (!json()) return stream_.Platform(ExtensionLine(name, state, events, error_type));
  Json list((Json::Array()));
  for (const std::string& event : events) list.as_array().push_back(Json(event));
  Json record(Json::Object{{"name", name}, {"state", state}, {"events", std::move(list)}});
  if (!error_type.empty()) record.Set("errorType", error_type);
  Event(error_type.empty() ? EventLevel::kInfo : EventLevel::kWarn, "platform.extension", std::move(record));
}

void PlatformLog::Report(const ReportFigures& figures) {
  if (!json()) {
    stream_.Platform(EndLine(figures.request_id));
    return stream_.Platform(ReportLine(figures));
  }
  Json done(Json::Object{{"requestId", figures.request_id}});
  SetStatus(done, figures.status);
  done.Set("metrics", Json(Json::Object{{"durationMs", Millis(figures.duration)}}));
  Event(LevelOf(figures.status, EventLevel::kDebug), "platform.runtimeDone", std::move(done));
  Json metrics(Json::Object{{"durationMs", Millis(figures.duration)},
                            {"billedDurationMs", BilledMillis(figures.duration)},
                            {"memorySizeMB", figures.memory_size_mb},
                            {"maxMemoryUsedMB", figures.max_memory_used_mb}});
  if (figures.init_duration) metrics.Set("initDurationMs", Millis(*figures.init_duration));
  Json report(Json::Object{{"requestId", figures.request_id}});
  SetStatus(report, figures.status);
  report.Set("metrics", std::move(metrics));
  Event(LevelOf(figures.status, EventLevel::kInfo), "platform.report", std::move(report));
}

void PlatformLog::Event(EventLevel level, std::string_view type, Json record) {
  if (!stream_.rules().KeepPlatformEvent(level)) return;
  const Json event(
      Json::Object{{"time", FormatIsoMillis(clock_.Wall())}, {"type", type}, {"record", std::move(record)}});
  stream_.Platform(event.Dump() + "\n");
}

}  // namespace hearth::worker
