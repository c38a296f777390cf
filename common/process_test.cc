#include "common/process.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hearth {
namespace {

// Runs `body` in a child, which may change what cannot be changed back; its exit code comes back.
template <class Body>
int InAChild(Body body) {
  const pid_t pid = fork();
  if (pid == 0) _exit(body());
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(ProcessTest, BecomesTheUserForGood) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const int code = InAChild([] {
    if (!BecomeUser("nobody").ok()) return 1;
    if (geteuid() == 0 || getegid() == 0 || getgroups(0, nullptr) > 1) return 2;
    if (setuid(0) == 0) return 3;
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 4;
  });
  EXPECT_EQ(code, 0);
}

TEST(ProcessTest, LeavesNoCoreAndLetsNobodyReadItsMemory) {
  const int code = InAChild([] {
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0 || !ForbidCoreDumps().ok()) return 1;
    struct rlimit limit {};
    if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur != 0 || limit.rlim_max != 0) return 2;
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : 3;
  });
  EXPECT_EQ(code, 0);
}

TEST(ProcessTest, LetsNobodyReadItsMemoryAfterTheUserChangedEither) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const int code = InAChild([] {
    // Root becoming root: the kernel itself changes nothing then.
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0 || !BecomeUser("root").ok()) return 1;
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : 2;
  });
  EXPECT_EQ(code, 0);
}

TEST(ProcessTest, NamesAUserThatDoesNotExist) { EXPECT_TRUE(absl::IsNotFound(BecomeUser("hearth-no-such-user"))); }

TEST(ProcessTest, NoticesAParentThatHasGoneAlready) {
  EXPECT_EQ(InAChild([] { return DieWithParent(getppid()).ok() ? 0 : 1; }), 0);
  EXPECT_EQ(InAChild([] { return DieWithParent(getppid() + 1).ok() ? 0 : 1; }), 1);
}

}  // namespace
}  // namespace hearth
