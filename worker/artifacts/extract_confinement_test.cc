// Each test confines a child process and sees what it can still do.
#include "worker/artifacts/extract_confinement.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "worker/artifacts/package_writer.h"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

namespace hearth::worker {
namespace {

namespace fs = std::filesystem;

class ExtractConfinementTest : public testing::Test {
 protected:
  static constexpr int kDestinationFd = 3;

  void SetUp() override {
    char pattern[] = "/tmp/hearth-confinement-test-XXXXXX";
    base_ = mkdtemp(pattern);
    fs::create_directory(base_ / "destination");
    fs::permissions(base_ / "destination", fs::perms::all);
  }
  void TearDown() override { fs::remove_all(base_); }

  // The wait status of a confined child: exit 0 when `act` says true, 1 when false, 2 when it could not be confined.
  int Run(bool may_write, const std::function<bool()>& act) {
    const pid_t child = fork();
    if (child == 0) {
      const int destination = open((base_ / "destination").c_str(), O_RDONLY | O_DIRECTORY);
      dup2(destination, kDestinationFd);
      ExtractConfinement confinement;
      if (may_write) confinement.destination_fd = kDestinationFd;
      if (geteuid() == 0) confinement.uid = 65534;
      if (!Confine(confinement).ok()) _exit(2);
      _exit(act() ? 0 : 1);
    }
    int wait_status = 0;
    EXPECT_EQ(waitpid(child, &wait_status, 0), child);
    return wait_status;
  }
  static bool KilledBySeccomp(int wait_status) { return WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGSYS; }

  fs::path base_;
};

TEST_F(ExtractConfinementTest, MakesFilesInTheDestination) {
  EXPECT_EQ(Run(true, [] { return PackageWriter(kDestinationFd).CreateFile("file", false).ok(); }), 0);
  EXPECT_TRUE(fs::exists(base_ / "destination" / "file"));
}

TEST_F(ExtractConfinementTest, OpensNoOtherFile) {
  EXPECT_EQ(Run(true, [] { return open("/etc/passwd", O_RDONLY) < 0; }), 0);
  EXPECT_EQ(Run(false, [] { return open("/etc/passwd", O_RDONLY) < 0; }), 0);
}

TEST_F(ExtractConfinementTest, WritesNothingWhenItOnlyChecks) {
  EXPECT_TRUE(KilledBySeccomp(Run(false, [] { return mkdirat(AT_FDCWD, "made", 0755) == 0; })));
}

TEST_F(ExtractConfinementTest, HasNoNetworkNoChildrenAndNoOtherProgram) {
  EXPECT_TRUE(KilledBySeccomp(Run(true, [] { return socket(AF_INET, SOCK_STREAM, 0) >= 0; })));
  EXPECT_TRUE(KilledBySeccomp(Run(true, [] { return fork() >= 0; })));
  EXPECT_TRUE(KilledBySeccomp(Run(true, [] { return execl("/bin/true", "true", nullptr) == 0; })));
  EXPECT_TRUE(KilledBySeccomp(Run(true, [] { return syscall(SYS_ptrace, 0, 0, 0, 0) == 0; })));
}

TEST_F(ExtractConfinementTest, GetsNoMoreMemoryThanItNeeds) {
  constexpr size_t kTooMuch = size_t{64} << 20;
  EXPECT_EQ(Run(true,
                [] {
                  return mmap(nullptr, kTooMuch, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
                         MAP_FAILED;
                }),
            0);
}

}  // namespace
}  // namespace hearth::worker

#endif
