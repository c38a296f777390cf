// LogShipper sends log records to the controller: bounded, in order per stream, at least once.
//
// Threads: any thread; Ship never blocks. Past the bound the oldest records are dropped and counted.
#pragma once

#include "proto/node.pb.h"

namespace hearth::worker {

class LogShipper {
 public:
  virtual ~LogShipper() = default;
  virtual void Ship(node::LogBatch batch) = 0;  // `sequence` is set by the shipper
};

}  // namespace hearth::worker
