#include "worker/sandbox/seccomp_filter.h"

#include <linux/audit.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>

#include "gtest/gtest.h"

namespace hearth::worker {
namespace {

// errno of `call` under the filter, 0 when it succeeds, -signal when the process was killed.
int UnderFilter(const std::function<long()>& call) {
  const SeccompFilter filter = SeccompFilter::ForSandbox().value();
  const pid_t child = fork();
  if (child == 0) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !filter.Load().ok()) _exit(255);
    _exit(call() < 0 ? errno : 0);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

TEST(SeccompFilterTest, AnswersNumbersOfNewerKernelsWithEnosys) {
  EXPECT_EQ(UnderFilter([] { return syscall(460); }), ENOSYS);
}

TEST(SeccompFilterTest, HidesIoUring) {
  EXPECT_EQ(UnderFilter([] { return syscall(SYS_io_uring_setup, 1, nullptr); }), ENOSYS);
}

TEST(SeccompFilterTest, RefusesMounts) {
  EXPECT_EQ(UnderFilter([] { return syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, nullptr); }), EPERM);
}

TEST(SeccompFilterTest, RefusesNamespacesThroughClone) {
  EXPECT_EQ(UnderFilter([] { return syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr); }), EPERM);
}

TEST(SeccompFilterTest, SendsClone3BackToClone) {
  EXPECT_EQ(UnderFilter([] { return syscall(SYS_clone3, nullptr, 0); }), ENOSYS);
}

TEST(SeccompFilterTest, AllowsAnOrdinaryFork) {
  EXPECT_EQ(UnderFilter([] {
              const pid_t child = fork();
              if (child == 0) _exit(0);
              return waitpid(child, nullptr, 0);
            }),
            0);
}

TEST(SeccompFilterTest, AllowsTcpAndUnixSockets) {
  EXPECT_EQ(UnderFilter([] { return socket(AF_INET, SOCK_STREAM, 0); }), 0);
  EXPECT_EQ(UnderFilter([] { return socket(AF_UNIX, SOCK_STREAM, 0); }), 0);
}

TEST(SeccompFilterTest, HidesOtherSocketFamilies) {
  for (const int family : {AF_PACKET, AF_VSOCK, AF_ALG, AF_CAN, AF_XDP}) {
    EXPECT_EQ(UnderFilter([family] { return socket(family, SOCK_RAW, 0); }), ENOSYS) << family;
  }
}

TEST(SeccompFilterTest, HidesNetfilterNetlink) {
  constexpr int kNetlinkNetfilter = 12;
  EXPECT_EQ(UnderFilter([] { return socket(AF_NETLINK, SOCK_RAW, kNetlinkNetfilter); }), ENOSYS);
}

TEST(SeccompFilterTest, HidesTerminalInjectionEvenWithHighBitsSet) {
  EXPECT_EQ(UnderFilter([] { return syscall(SYS_ioctl, 0, TIOCSTI, "x"); }), ENOSYS);
  EXPECT_EQ(UnderFilter([] { return syscall(SYS_ioctl, 0, TIOCSTI | (1UL << 32), "x"); }), ENOSYS);
}

TEST(SeccompFilterTest, RefusesNamespaceBitsHiddenAmongOthers) {
  EXPECT_EQ(UnderFilter([] { return syscall(SYS_clone, CLONE_NEWNET | CLONE_NEWNS | CLONE_VM | SIGCHLD, nullptr); }),
            EPERM);
}

TEST(SeccompFilterTest, RefusesDeviceNodesButNotFifos) {
  EXPECT_EQ(UnderFilter([] { return mknod("/tmp/never-a-device", S_IFCHR | 0600, 0x103); }), EPERM);
  EXPECT_NE(UnderFilter([] { return mknod("/nonexistent/fifo", S_IFIFO | 0600, 0); }), EPERM);
}

TEST(SeccompFilterTest, RefusesOutOfBandData) {
  EXPECT_EQ(UnderFilter([] { return syscall(SYS_sendto, -1, "x", 1, MSG_OOB, nullptr, 0); }), EPERM);
}

TEST(SeccompFilterTest, KillsCallsOfTheX32Architecture) {
#if defined(__x86_64__)
  constexpr long kX32Bit = 0x40000000;
  EXPECT_EQ(UnderFilter([] { return syscall(kX32Bit | SYS_getpid); }), -SIGSYS);
#else
  GTEST_SKIP() << "x86-64 only";
#endif
}

TEST(SeccompFilterTest, KillsCallsOfTheI386Architecture) {
#if defined(__x86_64__)
  EXPECT_EQ(UnderFilter([] {
              long result = 20;  // getpid of i386
              __asm__ volatile("int $0x80" : "+a"(result)::"memory");
              return result;
            }),
            -SIGSYS);
#else
  GTEST_SKIP() << "x86-64 only";
#endif
}

TEST(SeccompFilterTest, TheLaunchersOwnFilterRefusesToLoadKernelModules) {
  const SeccompFilter filter = SeccompFilter::ForLauncher().value();
  const pid_t child = fork();
  if (child == 0) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !filter.Load().ok()) _exit(255);
    _exit(syscall(SYS_init_module, nullptr, 0, "") < 0 ? errno : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), EPERM);
}

}  // namespace
}  // namespace hearth::worker
