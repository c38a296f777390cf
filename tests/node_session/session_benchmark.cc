// Measures the node session alone: round trips at concurrency 1, messages per second at concurrency 64.
#include <algorithm>
#include <cstdio>
#include <semaphore>

#include "common/limits.h"
#include "tests/node_session/node_session_test_support.h"

namespace hearth {
namespace {

using Time = std::chrono::steady_clock::time_point;

double MicrosSince(Time start) {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

// Sends `total` invocations, `concurrency` at a time, and returns how long each took.
std::vector<double> Run(ControllerEnd& end, std::atomic<std::function<void(uint64_t)>*>& on_result, uint64_t total,
                        uint64_t concurrency, size_t payload_bytes = 100) {
  const std::string payload(payload_bytes, 'x');
  std::vector<Time> sent(total + 1);
  std::vector<double> took(total + 1);
  std::atomic<uint64_t> next = 1, answered = 0;
  std::binary_semaphore done(0);
  const auto send = [&] {
    const uint64_t id = next++;
    if (id > total) return;
    sent[id] = std::chrono::steady_clock::now();
    end.sessions->Invoke("w", InvocationOf(id, payload)).IgnoreError();
  };
  std::function<void(uint64_t)> result = [&](uint64_t id) {
    took[id] = MicrosSince(sent[id]);
    send();
    if (++answered == total) done.release();
  };
  on_result = &result;
  for (uint64_t i = 0; i < concurrency; ++i) send();
  done.acquire();
  took.erase(took.begin());
  return took;
}

double Quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(q * static_cast<double>(values.size() - 1))];
}

int Main() {
  const TestFolder folder;
  RecordingLogs logs;
  ControllerEnd end("unix:" + folder.path() + "/node.sock", logs, folder.path());
  std::atomic<std::function<void(uint64_t)>*> on_result = nullptr;
  end.events.on_result = [&](node::InvocationResult result) { (*on_result.load())(result.invocation_id()); };
  WorkerEnd worker("unix:" + folder.path() + "/node.sock", "w", 1);
  worker.Start();
  if (!Eventually([&] { return worker.link->connected(); })) return 1;
  Run(end, on_result, 2000, 1);
  for (const uint64_t concurrency : {1, 16, 64, 256}) {
    const uint64_t total = concurrency == 1 ? 20000 : 200000;
    const Time start = std::chrono::steady_clock::now();
    const std::vector<double> took = Run(end, on_result, total, concurrency);
    std::printf("c=%-4lu p50 %7.1f us  p99 %7.1f us  %9.0f invocations/s\n", static_cast<unsigned long>(concurrency),
                Quantile(took, 0.5), Quantile(took, 0.99), static_cast<double>(total) * 1e6 / MicrosSince(start));
  }
  const std::vector<double> large = Run(end, on_result, 50, 1, kMaxInvokeRequestBytes);
  std::printf("6 MiB  p50 %7.1f ms both ways\n", Quantile(large, 0.5) / 1000);
  return 0;
}

}  // namespace
}  // namespace hearth

int main() { return hearth::Main(); }
