// HBase's exceptions, and what each asks the client to do.
#pragma once

#include <string>
#include <string_view>

#include "agent/core/status.h"

namespace twinwatch::wire {

struct RemoteException {
  std::string class_name;  // full Java name
  std::string message;     // without the class name in front and the stack behind
  bool do_not_retry = false;
};

// The message of a Java stack trace: its first line, without the class name that it begins with.
std::string FirstLine(std::string_view stack_trace);

// The code says the reaction (see agent/core/status.h):
//   kAborted             the region is elsewhere, or the scanner is gone
//   kUnavailable         the server is busy, starting or stopping
//   kNotFound            table, namespace, peer or snapshot does not exist
//   kAlreadyExists       table or namespace does
//   kPermissionDenied    AccessDeniedException
//   kUnimplemented       the server does not know the method or protocol
//   kFailedPrecondition  all else that a retry cannot mend
Status ToStatus(const RemoteException& exception);

// The server closes the connection after such an exception.
bool IsFatalForConnection(const RemoteException& exception);

}  // namespace twinwatch::wire
