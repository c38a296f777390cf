#include "worker/sandbox/privileges.h"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "gtest/gtest.h"
#include "worker/sandbox/in_child_test_support.h"

namespace hearth::worker {
namespace {

constexpr uint32_t kId = 234567;

// The field of /proc/self/status, without blanks at its sides.
std::string StatusField(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(name + ":", 0) == 0) {
      const size_t from = line.find_first_not_of(" \t", name.size() + 1);
      return from == std::string::npos ? "" : line.substr(from, line.find_last_not_of(" \t") - from + 1);
    }
  }
  return "no field " + name;
}

class PrivilegesTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
  }
};

TEST_F(PrivilegesTest, NoCapabilityIsLeftInAnySet) {
  EXPECT_EQ(InChild([]() -> std::string {
              if (const absl::Status became = BecomeUnprivileged(kId); !became.ok()) return became.ToString();
              std::string all;
              for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) all += StatusField(set);
              return all.find_first_not_of('0') == std::string::npos ? "" : all;
            }),
            "");
}

TEST_F(PrivilegesTest, AllFourIdsChangeAndNoGroupIsLeft) {
  EXPECT_EQ(InChild([]() -> std::string {
              if (!BecomeUnprivileged(kId).ok()) return "failed";
              return StatusField("Uid") + "|" + StatusField("Gid") + "|" + StatusField("Groups");
            }),
            "234567\t234567\t234567\t234567|234567\t234567\t234567\t234567|");
}

TEST_F(PrivilegesTest, TheWayBackIsClosed) {
  EXPECT_EQ(InChild([]() -> std::string {
              if (!BecomeUnprivileged(kId).ok()) return "failed";
              if (setuid(0) == 0) return "setuid(0) worked";
              if (setgroups(0, nullptr) == 0) return "setgroups worked";
              return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? "" : "new privileges are possible";
            }),
            "");
}

TEST_F(PrivilegesTest, TheProcessDiesWithItsParent) {
  EXPECT_EQ(InChild([]() -> std::string {
              int signal = 0;
              if (!BecomeUnprivileged(kId).ok() || prctl(PR_GET_PDEATHSIG, &signal) != 0) return "failed";
              return std::to_string(signal);
            }),
            "9");
}

TEST_F(PrivilegesTest, LimitsAreThoseOfLambdaAndCoreDumpsAreOff) {
  EXPECT_EQ(InChild([]() -> std::string {
              if (const absl::Status set = SetResourceLimits(); !set.ok()) return set.ToString();
              std::string all;
              for (const auto resource : {RLIMIT_NOFILE, RLIMIT_CORE, RLIMIT_STACK, RLIMIT_MEMLOCK}) {
                rlimit limit;
                getrlimit(resource, &limit);
                all += std::to_string(limit.rlim_cur) + " ";
              }
              return all;
            }),
            "1024 0 8388608 65536 ");
}

TEST_F(PrivilegesTest, TheLauncherKeepsSysAdminButLosesSysModule) {
  EXPECT_EQ(InChild([]() -> std::string {
              if (const absl::Status kept = KeepOnlyLauncherCapabilities(); !kept.ok()) return kept.ToString();
              const unsigned long long bounding = std::stoull(StatusField("CapBnd"), nullptr, 16);
              const unsigned long long effective = std::stoull(StatusField("CapEff"), nullptr, 16);
              constexpr unsigned long long kSysAdmin = 1ULL << 21, kSysModule = 1ULL << 16, kMknod = 1ULL << 27;
              if ((effective & kSysAdmin) == 0) return "SYS_ADMIN lost";
              return ((bounding | effective) & (kSysModule | kMknod)) == 0 ? "" : "too much kept";
            }),
            "");
}

TEST_F(PrivilegesTest, TheOomKillerIsTold) {
  EXPECT_EQ(InChild([]() -> std::string {
              if (const absl::Status told = PreferForOomKill(); !told.ok()) return told.ToString();
              std::ifstream score("/proc/self/oom_score_adj");
              std::string value;
              score >> value;
              return value;
            }),
            "500");
}

}  // namespace
}  // namespace hearth::worker
