// Async<T> is a lazily started coroutine whose value is awaited once; Completion<T> is the one-shot bridge from
// callbacks.
//
// Shapes:  co_await an Async<T> for its T. Completion<T>::Set may come before or after its Wait().
// Errors:  none of its own; failures travel in T (absl::StatusOr). An exception in a coroutine ends the process.
// Threads: a coroutine continues on whichever thread completed what it awaited. Completion::Set may be called from any
//          thread, once; Async itself is not shared.
#pragma once

#include <atomic>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace hearth {

template <class T>
class [[nodiscard]] Async {
 public:
  struct promise_type {
    std::optional<T> value;
    std::coroutine_handle<> continuation;

    Async get_return_object() { return Async(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    struct FinalAwaiter {
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> done) noexcept {
        const std::coroutine_handle<> next = done.promise().continuation;
        return next ? next : std::noop_coroutine();
      }
      void await_resume() noexcept {}
    };
    FinalAwaiter final_suspend() noexcept { return {}; }
    template <class U>
    void return_value(U&& result) {
      value.emplace(std::forward<U>(result));
    }
    void unhandled_exception() { std::terminate(); }
  };

  Async(Async&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Async(const Async&) = delete;
  Async& operator=(const Async&) = delete;
  Async& operator=(Async&&) = delete;
  ~Async() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
    handle_.promise().continuation = awaiting;
    return handle_;
  }
  T await_resume() { return std::move(*handle_.promise().value); }

 private:
  explicit Async(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

namespace async_internal {

// Starts at once and frees itself when it ends.
struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

template <class T, class Done>
Detached RunThen(Async<T> work, Done done) {
  done(co_await std::move(work));
}

}  // namespace async_internal

// Starts `work` on this thread; `done(T)` runs on the thread that finishes it.
template <class T, class Done>
void StartAsync(Async<T> work, Done done) {
  async_internal::RunThen(std::move(work), std::move(done));
}

// Completion<T>: copies share one slot. One Set, one Wait.
template <class T>
class Completion {
 public:
  Completion() : state_(std::make_shared<State>()) {}

  // At most once; resumes the waiter on this thread if there is one.
  void Set(T value) {
    state_->value.emplace(std::move(value));
    if (state_->stage.exchange(kSet, std::memory_order_acq_rel) == kWaiting) state_->waiter.resume();
  }

  auto Wait() {
    struct Awaiter {
      std::shared_ptr<State> state;
      bool await_ready() const noexcept { return state->stage.load(std::memory_order_acquire) == kSet; }
      bool await_suspend(std::coroutine_handle<> waiter) noexcept {
        state->waiter = waiter;
        int expected = kEmpty;
        return state->stage.compare_exchange_strong(expected, kWaiting, std::memory_order_acq_rel);
      }
      T await_resume() { return std::move(*state->value); }
    };
    return Awaiter{state_};
  }

 private:
  enum Stage : int { kEmpty, kWaiting, kSet };
  struct State {
    std::atomic<int> stage{kEmpty};
    std::optional<T> value;
    std::coroutine_handle<> waiter;
  };
  std::shared_ptr<State> state_;
};

}  // namespace hearth
