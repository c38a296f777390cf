// Every bound of Hearth that is not a setting, by name. Numbers of AWS carry their source.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace hearth {

// Invoke payloads. Source: semantics.md §4 (recorded 6 MiB + 100 for responses).
inline constexpr size_t kMaxInvokeRequestBytes = 6 * 1024 * 1024;
inline constexpr size_t kMaxEventBytes = 1024 * 1024;  // of asynchronous invocations
inline constexpr size_t kMaxInvokeResponseBytes = 6291556;
inline constexpr size_t kLogTailBytes = 4096;

// Streamed responses. Source: semantics.md §4, runtime.md §1 "Streaming response".
inline constexpr size_t kMaxStreamedResponseBytes = size_t{200} << 20;
inline constexpr int64_t kStreamBurstBytes = int64_t{6} << 20;  // as fast as the client takes them
inline constexpr int64_t kStreamBytesPerSecond = int64_t{2} << 20;
inline constexpr int64_t kResponseWindowBytes = 512 * 1024;  // sent and not taken by the client yet; ours
inline constexpr size_t kMaxClientContextBytes = 3583;

// Code packages. Source: errors.tsv.
inline constexpr size_t kMaxCreateFunctionBodyBytes = 70167211;
inline constexpr int64_t kMaxZippedBytes = 52428800;
inline constexpr int64_t kMaxUnzippedBytes = 262144000;
inline constexpr size_t kMaxEnvironmentVariablesBytes = 4096;

// Ranges of function settings. Source: api.md CreateFunction, semantics.md §4.
inline constexpr int kMinMemoryMb = 128;
inline constexpr int kMaxMemoryMb = 10240;
inline constexpr int kDefaultMemoryMb = 128;
inline constexpr int kMinTimeoutSeconds = 1;
inline constexpr int kMaxTimeoutSeconds = 900;
inline constexpr int kDefaultTimeoutSeconds = 3;
inline constexpr int kMinEphemeralStorageMb = 512;
inline constexpr int kMaxEphemeralStorageMb = 10240;
inline constexpr int kMaxTags = 50;
inline constexpr size_t kMaxLayersPerFunction = 5;

// Execution environments. Source: semantics.md §4 and §5, runtime.md §5.
inline constexpr int kMemoryMbPerCore = 1769;
inline constexpr int kMaxProcessesPerEnvironment = 1024;
inline constexpr int kMaxOpenFilesPerProcess = 1024;
inline constexpr std::chrono::seconds kInitTimeout{10};
inline constexpr int kRuntimeApiPort = 9001;

// Account. Source: semantics.md §4.
inline constexpr int kDefaultConcurrentExecutions = 1000;
inline constexpr int kMinUnreservedConcurrency = 100;
inline constexpr int64_t kTotalCodeSizeBytes = int64_t{80530636800};

// What lies in memory for every account; ours.
inline constexpr int64_t kMaxVersionsPerAccount = 200000;
inline constexpr int64_t kMaxAliasesPerAccount = 100000;

// HTTP front door. Source: semantics.md §4 (request line and headers 1 MB); the rest are ours.
inline constexpr size_t kMaxRequestHeadBytes = 1024 * 1024;

// Node session: a payload above this travels in chunks on the bulk stream. Source: architecture.md "Node session".
inline constexpr size_t kInlinePayloadBytes = 64 * 1024;
inline constexpr size_t kPayloadChunkBytes = 256 * 1024;

// Controller queues.
inline constexpr size_t kMaxWaitingPerVersion = 10000;
inline constexpr int kMaxPlacementAttempts = 3;

}  // namespace hearth
