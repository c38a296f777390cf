#include "worker/logs/log_rules.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <optional>

#include "common/io/json.h"

namespace hearth::worker {
namespace {

constexpr std::string_view kLevelNames[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};
constexpr EventLevel kUnnamedLevel = EventLevel::kInfo;

std::optional<EventLevel> LevelNamed(std::string_view name) {
  const auto found = std::find_if(std::begin(kLevelNames), std::end(kLevelNames), [&](std::string_view level) {
    return std::equal(level.begin(), level.end(), name.begin(), name.end(),
                      [](char a, char b) { return a == std::toupper(static_cast<unsigned char>(b)); });
  });
  if (found == std::end(kLevelNames)) return std::nullopt;
  return static_cast<EventLevel>(found - std::begin(kLevelNames));
}

// The level's bits of a frame's type: 0 for none, 1 for TRACE … 6 for FATAL.
std::optional<EventLevel> LevelOfFrame(uint32_t frame_type) {
  const uint32_t level = (frame_type >> 2) & 0x7;
  if (level == 0 || level > std::size(kLevelNames)) return std::nullopt;
  return static_cast<EventLevel>(level - 1);
}

// "2026-01-31T09:30:00…", the beginning of RFC 3339.
bool LooksLikeTimestamp(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  return text.size() > kForm.size() && std::equal(kForm.begin(), kForm.end(), text.begin(), [](char form, char c) {
           return form == '0' ? std::isdigit(static_cast<unsigned char>(c)) != 0 : form == c;
         });
}

// A function's own JSON record names its level; it counts only beside a timestamp.
EventLevel LevelOfText(std::string_view event) {
  if (!event.starts_with('{')) return kUnnamedLevel;
  const absl::StatusOr<Json> record = Json::Parse(event);
  if (!record.ok()) return kUnnamedLevel;
  const Json* level = record->Find("level");
  const Json* timestamp = record->Find("timestamp");
  if (level == nullptr || !level->is_string() || timestamp == nullptr || !timestamp->is_string()) return kUnnamedLevel;
  if (!LooksLikeTimestamp(timestamp->as_string())) return kUnnamedLevel;
  return LevelNamed(level->as_string()).value_or(kUnnamedLevel);
}

}  // namespace

LogRules LogRules::Of(const node::EnvironmentSpec& spec) {
  if (spec.log_format() != "JSON") return {};
  return {.json = true,
          .application = LevelNamed(spec.application_log_level()).value_or(EventLevel::kInfo),
          .system = LevelNamed(spec.system_log_level()).value_or(EventLevel::kInfo)};
}

bool LogRules::KeepApplicationEvent(std::string_view event, uint32_t frame_type) const {
  if (!json || application == EventLevel::kTrace) return true;
  const std::optional<EventLevel> framed = LevelOfFrame(frame_type);
  return (framed ? *framed : LevelOfText(event)) >= application;
}

}  // namespace hearth::worker
