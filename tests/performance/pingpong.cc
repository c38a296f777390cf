// hearth-pingpong: the round trip of 64 bytes between two processes over a Unix socket, the floor under any invocation.
//
// Prints one JSON line: {"count":…, "p50_us":…, "p99_us":…}. Bounded: 20,000 round trips unless told otherwise.
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <vector>

namespace {

constexpr size_t kMessageBytes = 64;
constexpr int kDefaultRoundTrips = 20000;
constexpr int kMaxRoundTrips = 1000000;

bool Exchange(int fd, bool send_first) {
  std::array<char, kMessageBytes> message{};
  if (send_first && write(fd, message.data(), message.size()) != static_cast<ssize_t>(message.size())) return false;
  if (recv(fd, message.data(), message.size(), MSG_WAITALL) != static_cast<ssize_t>(message.size())) return false;
  return send_first || write(fd, message.data(), message.size()) == static_cast<ssize_t>(message.size());
}

}  // namespace

int main(int argc, char** argv) {
  const int round_trips = argc > 1 ? std::clamp(std::atoi(argv[1]), 100, kMaxRoundTrips) : kDefaultRoundTrips;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    while (Exchange(ends[1], false)) {
    }
    _exit(0);
  }
  close(ends[1]);
  std::vector<double> micros;
  micros.reserve(static_cast<size_t>(round_trips));
  for (int i = 0; i < round_trips; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    if (!Exchange(ends[0], true)) return 1;
    micros.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count());
  }
  close(ends[0]);
  waitpid(child, nullptr, 0);
  std::sort(micros.begin(), micros.end());
  fmt::print("{{\"count\":{},\"p50_us\":{:.1f},\"p99_us\":{:.1f}}}\n", micros.size(), micros[micros.size() / 2],
             micros[micros.size() * 99 / 100]);
  return 0;
}
