// What a worker and hearth-init, process 1 of a sandbox, say to each other over their SOCK_SEQPACKET pair.
//
// Shapes:  one fixed-size struct a packet, host byte order: both ends run on one machine from one build. A start
//          carries a memfd with NUL-terminated strings: the working directory, the arguments, the environment; and, for
//          a runtime that is to be parked, a socket it inherits as kInitAssignmentFd.
// Limits:  kMaxStartBytes for that block; Linux itself bounds one string at 128 KiB.
// Lifetime: end of file on the socket ends hearth-init, and with it every process of the sandbox.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth::worker {

inline constexpr int kInitControlFd = 3;
inline constexpr int kInitTelemetryFd = 62;
inline constexpr int kInitAssignmentFd = 61;
inline constexpr size_t kMaxStartBytes = 256 * 1024;
inline constexpr uint32_t kMaxStartStrings = 4096;

enum class InitVerb : uint32_t {
  kStartRuntime = 1,
  kKillAll = 2,           // SIGKILL for everything but hearth-init
  kTerminateRuntime = 3,  // SIGTERM for the runtime process
  kKillRuntime = 4,       // SIGKILL for the runtime process
};

inline constexpr int32_t kInitMaxExtensions = 10;

struct InitCommand {
  InitVerb verb;
  int32_t generation;          // kStartRuntime: repeated in the event
  uint32_t argument_count;     // kStartRuntime: at least 1
  uint32_t environment_count;  // kStartRuntime
  uint32_t block_bytes;        // kStartRuntime: size of the memfd's content
  int32_t extension = 0;       // kStartRuntime: 0 the runtime, else which extension
};

// The runtime process of `generation`, or that extension of it, has ended.
struct InitEvent {
  int32_t generation;
  int32_t exit_code;   // -1 when a signal ended it
  int32_t signal;      // 0 when it exited
  int32_t exec_errno;  // 0 when it was executed
  int32_t extension = 0;
};

}  // namespace hearth::worker
