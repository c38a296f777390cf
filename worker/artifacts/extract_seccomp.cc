#include <seccomp.h>

#include <cerrno>
#include <initializer_list>
#include <memory>

#include "common/errors.h"
#include "worker/artifacts/extract_confinement.h"

namespace hearth::worker {
namespace {

struct FilterRelease {
  void operator()(void* filter) const { seccomp_release(filter); }
};

absl::Status Allow(scmp_filter_ctx filter, std::initializer_list<int> calls) {
  for (const int call : calls) {
    const int result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
    if (result != 0) return ErrnoStatus("seccomp_rule_add", -result);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status LoadExtractSeccompFilter(bool may_write) {
  // Anything else ends the process: a call outside this list means that the archive has taken it over.
  const std::unique_ptr<void, FilterRelease> filter(seccomp_init(SCMP_ACT_KILL_PROCESS));
  if (filter == nullptr) return absl::InternalError("seccomp_init");
  RETURN_IF_ERROR(Allow(filter.get(),
                        {SCMP_SYS(read),          SCMP_SYS(pread64),      SCMP_SYS(lseek),      SCMP_SYS(write),
                         SCMP_SYS(close),         SCMP_SYS(fstat),        SCMP_SYS(newfstatat), SCMP_SYS(fcntl),
                         SCMP_SYS(brk),           SCMP_SYS(mmap),         SCMP_SYS(munmap),     SCMP_SYS(mremap),
                         SCMP_SYS(madvise),       SCMP_SYS(mprotect),     SCMP_SYS(futex),      SCMP_SYS(getrandom),
                         SCMP_SYS(clock_gettime), SCMP_SYS(rt_sigreturn), SCMP_SYS(exit),       SCMP_SYS(exit_group)}));
  if (may_write) RETURN_IF_ERROR(Allow(filter.get(), {SCMP_SYS(openat2), SCMP_SYS(mkdirat), SCMP_SYS(symlinkat)}));
  // Opening by name answers "not permitted" instead: libc looks for optional files (character sets, time zones).
  for (const int call :
       {SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(access), SCMP_SYS(readlink), SCMP_SYS(sched_yield)}) {
    const int result = seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EACCES), call, 0);
    if (result != 0) return ErrnoStatus("seccomp_rule_add", -result);
  }
  const int result = seccomp_load(filter.get());
  if (result != 0) return ErrnoStatus("seccomp_load", -result);
  return absl::OkStatus();
}

}  // namespace hearth::worker
