// LogSink takes what workers ship; LogStore (observe/log_store.h) is the one that keeps it.
//
// Threads: any thread. Append may block on disk; it is called off the invoke path.
#pragma once

#include "absl/status/status.h"
#include "proto/node.pb.h"

namespace hearth::controller {

class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual absl::Status Append(const node::LogBatch& batch) = 0;
};

}  // namespace hearth::controller
