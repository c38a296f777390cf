#include "common/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "common/clock.h"
#include "common/text_escape.h"

namespace hearth {
namespace {

struct Logger {
  std::string program = "hearth";
  std::shared_ptr<spdlog::logger> out = std::make_shared<spdlog::logger>("hearth", MakeSink());

  static spdlog::sink_ptr MakeSink() {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    sink->set_pattern("%v");
    return sink;
  }
};

Logger& TheLogger() {
  static Logger logger;
  return logger;
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view Name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

}  // namespace

void InitLog(std::string_view program, LogLevel level) {
  Logger& logger = TheLogger();
  logger.program = program;
  logger.out->set_level(ToSpdlog(level));
}

std::string FormatLogLine(LogLevel level, std::string_view program, WallTime time, std::string_view message,
                          std::initializer_list<LogField> fields) {
  std::string line = R"({"time":")" + FormatIsoMillis(time) + R"(","level":")";
  line.append(Name(level)).append(R"(","program":)");
  AppendJsonString(line, program);
  line += R"(,"message":)";
  AppendJsonString(line, message);
  for (const LogField& field : fields) {
    line += ',';
    AppendJsonString(line, field.key);
    line += ':';
    AppendJsonString(line, field.value);
  }
  line += '}';
  return line;
}

void WriteLog(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  Logger& logger = TheLogger();
  if (!logger.out->should_log(ToSpdlog(level))) return;
  const std::string line = FormatLogLine(level, logger.program, RealClock().Wall(), message, fields);
  logger.out->log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace hearth
