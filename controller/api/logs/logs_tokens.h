// The opaque strings of CloudWatch Logs: paging tokens and event ids.
//
// Shapes:  tokens survive a restart; a client can make nothing of them but hand them back.
// Threads: no state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/observe/log_query.h"

namespace hearth::controller {

enum class TokenDirection { kForward, kBackward };

struct EventToken {
  TokenDirection direction = TokenDirection::kForward;
  LogPosition position;  // exclusive
};

std::string FormatEventToken(const EventToken& token);  // "f/…/s" or "b/…/s"
std::optional<EventToken> ParseEventToken(std::string_view text);

std::string FormatStreamToken(const LogStreamKey& key);
std::optional<LogStreamKey> ParseStreamToken(std::string_view text);

std::string FormatNameToken(std::string_view name);
std::optional<std::string> ParseNameToken(std::string_view text);

std::string FormatEventId(LogPosition position);  // 56 digits, as on AWS

}  // namespace hearth::controller
