// How every function reports failure: absl::Status, with the code chosen by what the caller should
// do.
//
//   kUnavailable         not now: back off, ask the same server again
//   kAborted             asked in the wrong place: locate again, reopen the scanner
//   kFailedPrecondition  a retry cannot help until somebody changes something
//   kDeadlineExceeded    no answer in time
//   kCancelled           it was asked to end before it was done
//   kDataLoss            bytes that cannot be decoded: drop the connection
//   kNotFound, kPermissionDenied, kUnauthenticated, kInvalidArgument   as they say
//   kUnimplemented       the other side does not know this method, or a version that is not
//   supported
//
// Debian's abseil has its own string_view; ToView and Text are the only bridges.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace twinwatch {

using absl::Status;
using absl::StatusOr;

inline std::string_view Text(const Status& status) {
  return {status.message().data(), status.message().size()};
}
inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

template <typename... Args>
Status Error(absl::StatusCode code, fmt::format_string<Args...> format, Args&&... args) {
  return Status(code, ToAbsl(fmt::format(format, std::forward<Args>(args)...)));
}

// It may be over by itself: who has time may ask again.
inline bool IsTransient(const Status& status) {
  return absl::IsUnavailable(status) || absl::IsAborted(status) || absl::IsDeadlineExceeded(status);
}

// The same code with `context` and a colon before the message; OK stays OK.
Status Annotate(const Status& status, std::string_view context);

}  // namespace twinwatch

#define TW_CONCAT_INNER(a, b) a##b
#define TW_CONCAT(a, b) TW_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expr)                                 \
  do {                                                        \
    if (::absl::Status tw_status = (expr); !tw_status.ok()) { \
      return tw_status;                                       \
    }                                                         \
  } while (false)

#define CO_RETURN_IF_ERROR(expr)                              \
  do {                                                        \
    if (::absl::Status tw_status = (expr); !tw_status.ok()) { \
      co_return tw_status;                                    \
    }                                                         \
  } while (false)

#define TW_ASSIGN_OR(ret, tmp, lhs, expr) \
  auto tmp = (expr);                      \
  if (!tmp.ok()) {                        \
    ret tmp.status();                     \
  }                                       \
  lhs = *std::move(tmp)

#define ASSIGN_OR_RETURN(lhs, expr) TW_ASSIGN_OR(return, TW_CONCAT(tw_or_, __LINE__), lhs, expr)
#define CO_ASSIGN_OR_RETURN(lhs, expr) \
  TW_ASSIGN_OR(co_return, TW_CONCAT(tw_or_, __LINE__), lhs, expr)
