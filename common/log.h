// Log writes what the daemons have to say: one JSON line per record on standard error, values escaped.
//
// Shapes:  LogInfo("worker joined", {{"worker", id}, {"capacity_bytes", absl::StrCat(n)}});
// Threads: any thread; a line is written whole.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "common/clock.h"

namespace hearth {

struct LogField {
  std::string_view key;
  std::string value;
};

enum class LogLevel { kDebug, kInfo, kWarn, kError };

// Names the process in every line and drops what is below `level`. Once, from main.
void InitLog(std::string_view program, LogLevel level);

void WriteLog(LogLevel level, std::string_view message, std::initializer_list<LogField> fields);
// The line WriteLog writes, without its newline.
std::string FormatLogLine(LogLevel level, std::string_view program, WallTime time, std::string_view message,
                          std::initializer_list<LogField> fields);
inline void LogDebug(std::string_view message, std::initializer_list<LogField> fields = {}) {
  WriteLog(LogLevel::kDebug, message, fields);
}
inline void LogInfo(std::string_view message, std::initializer_list<LogField> fields = {}) {
  WriteLog(LogLevel::kInfo, message, fields);
}
inline void LogWarn(std::string_view message, std::initializer_list<LogField> fields = {}) {
  WriteLog(LogLevel::kWarn, message, fields);
}
inline void LogError(std::string_view message, std::initializer_list<LogField> fields = {}) {
  WriteLog(LogLevel::kError, message, fields);
}

}  // namespace hearth
