// sandbox-bench prints what a sandbox costs, one made every 150 ms so that nothing is warm by accident. Needs root.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "tests/sandbox/sandbox_fixture.h"

namespace hearth::worker {
namespace {

using Clock = std::chrono::steady_clock;

double MillisSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void Print(const char* what, std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  const auto at = [&](double part) {
    return samples[static_cast<size_t>(part * static_cast<double>(samples.size() - 1))];
  };
  std::printf("%-34s min %6.2f  p50 %6.2f  p90 %6.2f  p99 %6.2f ms  (n=%zu)\n", what, samples.front(), at(0.5), at(0.9),
              at(0.99), samples.size());
}

// Create, then start `arguments` and wait for its first byte.
void Measure(const char* what, const SandboxWorld& world, LauncherClient& client, std::vector<std::string> arguments,
             int rounds, int gap_ms) {
  std::vector<double> create, first_byte;
  for (int i = 0; i < rounds; ++i) {
    poll(nullptr, 0, gap_ms);
    const Clock::time_point start = Clock::now();
    auto sandbox = client.Create(world.Spec("bench-" + std::to_string(i))).value();
    create.push_back(MillisSince(start));
    if (!sandbox->StartRuntime({arguments, {"PATH=/usr/bin:/bin"}}).ok()) std::abort();
    if (ReadOutputUntil(*sandbox, "hello").empty()) std::abort();
    first_byte.push_back(MillisSince(start));
  }
  std::printf("%s, one every %d ms:\n", what, gap_ms);
  Print("  Create()", create);
  Print("  Create() to the first byte", first_byte);
}

void MeasureFreezer(const SandboxWorld& world, LauncherClient& client, int rounds) {
  auto sandbox = client.Create(world.Spec("freezer")).value();
  if (!sandbox->StartRuntime({{"/var/task/guest", "sleep"}, {}}).ok()) std::abort();
  ReadOutputUntil(*sandbox, "asleep");
  std::vector<double> freeze, thaw;
  for (int i = 0; i < rounds; ++i) {
    Clock::time_point start = Clock::now();
    if (!sandbox->Freeze().ok()) std::abort();
    freeze.push_back(MillisSince(start));
    poll(nullptr, 0, 2);
    start = Clock::now();
    if (!sandbox->Thaw().ok()) std::abort();
    thaw.push_back(MillisSince(start));
    poll(nullptr, 0, 2);
  }
  Print("Freeze()", freeze);
  Print("Thaw()", thaw);
}

}  // namespace
}  // namespace hearth::worker

int main() {
  using namespace hearth::worker;
  if (geteuid() != 0) {
    std::fprintf(stderr, "sandbox-bench needs root\n");
    return 1;
  }
  const SandboxWorld world("bench");
  const Clock::time_point start = Clock::now();
  const auto client = world.StartLauncher();
  std::printf("launcher start %.1f ms\n", MillisSince(start));
  Measure("static hello", world, *client, {"/var/task/guest", "hello"}, 200, 0);
  Measure("static hello", world, *client, {"/var/task/guest", "hello"}, 60, 150);
  Measure("python3 -I -S", world, *client, {"/usr/bin/python3", "-I", "-S", "-c", "print('hello')"}, 40, 150);
  MeasureFreezer(world, *client, 200);
  return 0;
}
