// The escape probe inside a sandbox finds nothing; outside, as root, it finds nearly everything it looks for.
#include <arpa/inet.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "tests/sandbox/sandbox_fixture.h"

namespace hearth::worker {
namespace {

struct Finding {
  bool reachable = false;
  int error = 0;
};
using Findings = std::map<std::string, Finding>;  // "group/check"

#if defined(__x86_64__)
constexpr size_t kChecks = 169;  // as docs/sandbox_security.md says
#else
constexpr size_t kChecks = 164;  // less those of port access and other calling conventions
#endif

std::string Field(absl::string_view line, absl::string_view name) {
  const std::string key = absl::StrCat("\"", name, "\":");
  const size_t at = line.find(key);
  if (at == absl::string_view::npos) return "";
  absl::string_view rest = line.substr(at + key.size());
  rest = rest.substr(0, rest.find_first_of(",}"));
  return std::string(absl::StripSuffix(absl::StripPrefix(rest, "\""), "\""));
}

Findings Parse(const std::string& output) {
  Findings findings;
  for (absl::string_view line : absl::StrSplit(output, '\n')) {
    if (!absl::StrContains(line, "\"check\"")) continue;
    findings[absl::StrCat(Field(line, "group"), "/", Field(line, "check"))] = {Field(line, "reachable") == "true",
                                                                               std::atoi(Field(line, "errno").c_str())};
  }
  return findings;
}

// Things outside that the probe looks for.
class Bait {
 public:
  explicit Bait(const std::string& directory)
      : tcp_(socket(AF_INET, SOCK_STREAM, 0)), abstract_(socket(AF_UNIX, SOCK_STREAM, 0)), directory_(directory) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(tcp_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(tcp_.get(), 16), 0);
    EXPECT_EQ(getsockname(tcp_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    sockaddr_un local{};
    local.sun_family = AF_UNIX;
    std::strncpy(local.sun_path + 1, Name().c_str(), sizeof(local.sun_path) - 2);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + Name().size());
    EXPECT_EQ(bind(abstract_.get(), reinterpret_cast<sockaddr*>(&local), length), 0);
    EXPECT_EQ(listen(abstract_.get(), 16), 0);
    shared_memory_ = shmget(Key(), 4096, IPC_CREAT | 0666);
    EXPECT_GE(shared_memory_, 0);
  }
  ~Bait() { shmctl(shared_memory_, IPC_RMID, nullptr); }

  std::vector<std::string> Environment() const {
    return {"PROBE_PORT=" + std::to_string(port_), "PROBE_ABSTRACT=" + Name(), "PROBE_PID=" + std::to_string(getpid()),
            "PROBE_IPC_KEY=" + std::to_string(Key()), "PROBE_PATH=" + directory_};
  }

 private:
  static std::string Name() { return "hearth-probe-" + std::to_string(getpid()); }
  static int Key() { return 0x48000000 + getpid(); }

  const UniqueFd tcp_;
  const UniqueFd abstract_;
  const std::string directory_;
  int port_ = 0;
  int shared_memory_ = -1;
};

// The control: the same program, as root, outside. It inherits one descriptor too many, on purpose.
std::string RunOutside(const std::string& program, const std::vector<std::string>& environment) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(ends[1], 1);
    std::vector<char*> strings;
    for (const std::string& text : environment) strings.push_back(const_cast<char*>(text.c_str()));
    strings.push_back(nullptr);
    char* const arguments[] = {const_cast<char*>(program.c_str()), nullptr};
    execve(program.c_str(), arguments, strings.data());
    _exit(127);
  }
  close(ends[1]);
  std::string output;
  char bytes[4096];
  for (ssize_t size; (size = read(ends[0], bytes, sizeof(bytes))) > 0;) output.append(bytes, static_cast<size_t>(size));
  close(ends[0]);
  waitpid(pid, nullptr, 0);
  return output;
}

// What this machine cannot do for anybody says nothing about the probe.
bool KernelLacksIt(const std::string& check, const Finding& finding) {
  static const std::set<int> kAbsent = {ENOSYS, EAFNOSUPPORT, EPROTONOSUPPORT, ENODEV,   ENXIO,  EOPNOTSUPP,
                                        ENOENT, ENETUNREACH,  EADDRNOTAVAIL,   -SIGSEGV, -SIGSYS};
  // Facts of the machine that come without an errno.
  static const std::set<std::string> kMayBeAbsent = {"outside/other_interfaces", "proc/cgroup_path"};
  return kAbsent.count(finding.error) != 0 || kMayBeAbsent.count(check) != 0;
}

class SandboxEscapeTest : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    world_ = std::make_unique<SandboxWorld>("escape");
  }
  std::unique_ptr<SandboxWorld> world_;
};

INSTANTIATE_TEST_SUITE_P(EachWay, SandboxEscapeTest, testing::Values(Way::kMadeForIt, Way::kParkedFirst),
                         [](const auto& made) { return NameOf(made.param); });

TEST_P(SandboxEscapeTest, NothingIsReachableFromInside) {
  const std::unique_ptr<LauncherClient> client = world_->StartLauncher();
  const auto sandbox = MakeSandbox(*client, world_->Spec("env-1"), GetParam());
  const Bait bait(world_->data_directory());
  const RunResult result = RunToEnd(*sandbox, {"/var/task/escape-probe"}, bait.Environment());
  ASSERT_TRUE(absl::StrContains(result.output, "\"done\":true")) << result.output;
  const Findings findings = Parse(result.output);
  EXPECT_GE(findings.size(), kChecks);
  for (const auto& [check, finding] : findings) {
    EXPECT_FALSE(finding.reachable) << check;
  }
}

TEST(SandboxEscapeProbeTest, OutsideTheProbeReachesNinetyPercentOfWhatThisKernelHas) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const SandboxWorld world("probe");
  const Bait bait(world.data_directory());
  const Findings findings = Parse(RunOutside(world.task_directory() + "/escape-probe", bait.Environment()));
  ASSERT_GE(findings.size(), kChecks);
  int possible = 0;
  int reached = 0;
  for (const auto& [check, finding] : findings) {
    if (!finding.reachable && KernelLacksIt(check, finding)) {
      std::printf("not on this machine: %s (errno %d)\n", check.c_str(), finding.error);
      continue;
    }
    ++possible;
    reached += finding.reachable ? 1 : 0;
    if (!finding.reachable) std::printf("refused even to root: %s (errno %d)\n", check.c_str(), finding.error);
  }
  std::printf("%d of %d possible checks reached, %zu in all\n", reached, possible, findings.size());
  EXPECT_GE(reached * 10, possible * 9);
  EXPECT_GE(possible * 10, static_cast<int>(findings.size()) * 7);
}

}  // namespace
}  // namespace hearth::worker
