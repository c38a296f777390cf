#include "worker/logs/line_splitter.h"

#include <algorithm>

#include "worker/logs/utf8.h"

namespace hearth::worker {

void LineSplitter::Feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t newline = bytes.find('\n');
    if (newline == std::string_view::npos) return Take(bytes);
    const std::string_view line = bytes.substr(0, newline);
    bytes.remove_prefix(newline + 1);
    if (partial_.empty() && line.size() <= kMaxLogEventBytes) {
      sink_(line);  // the common case: a whole line, no copy
      continue;
    }
    Take(line);
    sink_(partial_);
    partial_.clear();
  }
}

// Adds to the unfinished line; while it is too long a piece of it leaves.
void LineSplitter::Take(std::string_view bytes) {
  while (partial_.size() + bytes.size() > kMaxLogEventBytes) {
    const size_t room = kMaxLogEventBytes - partial_.size();
    partial_.append(bytes.substr(0, room));
    bytes.remove_prefix(room);
    const size_t held_back = IncompleteTail(partial_);
    sink_(std::string_view(partial_).substr(0, partial_.size() - held_back));
    partial_.erase(0, partial_.size() - held_back);
  }
  partial_.append(bytes);
}

void LineSplitter::Finish() {
  if (partial_.empty()) return;
  sink_(partial_);
  partial_.clear();
}

}  // namespace hearth::worker
