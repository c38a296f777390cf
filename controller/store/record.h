// ParseRecord reads one stored message back.
//
// Errors:  DataLoss, naming the key, when the bytes are no such message.
// Threads: no state.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace hearth::controller {

template <class Record>
absl::StatusOr<Record> ParseRecord(std::string_view key, const std::string& bytes) {
  Record record;
  if (!record.ParseFromString(bytes)) return absl::DataLossError(fmt::format("record {} cannot be read", key));
  return record;
}

}  // namespace hearth::controller
