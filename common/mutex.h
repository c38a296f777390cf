// Mutex is std::mutex with clang's thread-safety annotations; MutexLock holds it for a scope.
//
// Threads: any. Hold it for arithmetic and look-ups: never across I/O, a callback or a co_await.
#pragma once

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define HEARTH_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define HEARTH_THREAD_ANNOTATION(x)
#endif

// abseil's headers leave macros of the same names behind.
#undef GUARDED_BY
#undef REQUIRES
#undef EXCLUDES
#define GUARDED_BY(x) HEARTH_THREAD_ANNOTATION(guarded_by(x))
#define REQUIRES(x) HEARTH_THREAD_ANNOTATION(requires_capability(x))
#define EXCLUDES(x) HEARTH_THREAD_ANNOTATION(locks_excluded(x))

namespace hearth {

class HEARTH_THREAD_ANNOTATION(capability("mutex")) Mutex {
 public:
  void Lock() HEARTH_THREAD_ANNOTATION(acquire_capability()) { mutex_.lock(); }
  void Unlock() HEARTH_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }
  std::mutex& native() { return mutex_; }

 private:
  std::mutex mutex_;
};

class HEARTH_THREAD_ANNOTATION(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) HEARTH_THREAD_ANNOTATION(acquire_capability(mutex)) : lock_(mutex.native()) {}
  ~MutexLock() HEARTH_THREAD_ANNOTATION(release_capability()) = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  // For std::condition_variable::wait.
  std::unique_lock<std::mutex>& native() { return lock_; }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace hearth
