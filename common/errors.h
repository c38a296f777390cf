// Failures are absl::Status; these macros pass one up without a word of noise.
//
// Threads: no state.
#pragma once

#include <cerrno>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define HEARTH_CONCAT_INNER(a, b) a##b
#define HEARTH_CONCAT(a, b) HEARTH_CONCAT_INNER(a, b)

// RETURN_IF_ERROR(expr): leaves the function with the Status of `expr` unless it is OK.
#define RETURN_IF_ERROR(expr)                                       \
  do {                                                              \
    if (absl::Status hearth_status = (expr); !hearth_status.ok()) { \
      return hearth_status;                                         \
    }                                                               \
  } while (false)

// ASSIGN_OR_RETURN(T x, expr): x becomes the value of a StatusOr, or its Status leaves the function.
#define ASSIGN_OR_RETURN(declaration, expr) \
  HEARTH_ASSIGN_OR_RETURN_IMPL(HEARTH_CONCAT(hearth_statusor_, __LINE__), declaration, expr, return )

// The same inside a coroutine that returns Async<absl::Status> or Async<absl::StatusOr<T>>.
#define CO_ASSIGN_OR_RETURN(declaration, expr) \
  HEARTH_ASSIGN_OR_RETURN_IMPL(HEARTH_CONCAT(hearth_statusor_, __LINE__), declaration, expr, co_return )

#define HEARTH_ASSIGN_OR_RETURN_IMPL(holder, declaration, expr, leave) \
  auto holder = (expr);                                                \
  if (!holder.ok()) leave holder.status();                             \
  declaration = std::move(holder).value()

namespace hearth {

// ErrnoStatus names what failed and the text of errno; the code follows absl::ErrnoToStatus.
absl::Status ErrnoStatus(std::string_view what, int error = errno);

}  // namespace hearth
