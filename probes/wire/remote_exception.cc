#include "probes/wire/remote_exception.h"

#include <algorithm>
#include <iterator>

namespace twinwatch::wire {
namespace {

using Code = absl::StatusCode;

struct Known {
  std::string_view name;  // without its package
  Code code;
};

// Several of these carry do_not_retry although a client that reopens or relocates does well.
constexpr Known kKnown[] = {
    {"NotServingRegionException", Code::kAborted},
    {"RegionMovedException", Code::kAborted},
    {"WrongRegionException", Code::kAborted},
    {"UnknownScannerException", Code::kAborted},
    {"ScannerResetException", Code::kAborted},
    {"OutOfOrderScannerNextException", Code::kAborted},
    {"LeaseException", Code::kAborted},
    {"RegionServerStoppedException", Code::kAborted},
    {"RegionServerAbortedException", Code::kAborted},
    {"MasterNotRunningException", Code::kAborted},
    {"MasterStoppedException", Code::kAborted},
    {"ServerNotRunningYetException", Code::kAborted},
    {"RegionOpeningException", Code::kUnavailable},
    {"RegionTooBusyException", Code::kUnavailable},
    {"CallQueueTooBigException", Code::kUnavailable},
    {"CallDroppedException", Code::kUnavailable},
    {"RetryImmediatelyException", Code::kUnavailable},
    {"MultiActionResultTooLarge", Code::kUnavailable},
    {"PleaseHoldException", Code::kUnavailable},
    {"RpcThrottlingException", Code::kUnavailable},
    {"ThrottlingException", Code::kUnavailable},
    {"CallTimeoutException", Code::kUnavailable},
    {"TimeoutIOException", Code::kUnavailable},
    {"TableNotFoundException", Code::kNotFound},
    {"NamespaceNotFoundException", Code::kNotFound},
    {"ReplicationPeerNotFoundException", Code::kNotFound},
    {"SnapshotDoesNotExistException", Code::kNotFound},
    {"TableExistsException", Code::kAlreadyExists},
    {"NamespaceExistException", Code::kAlreadyExists},
    {"SnapshotExistsException", Code::kAlreadyExists},
    {"AccessDeniedException", Code::kPermissionDenied},
    {"UnknownProtocolException", Code::kUnimplemented},
};

std::string_view ShortName(std::string_view class_name) {
  const size_t dot = class_name.find_last_of(".$");
  return dot == std::string_view::npos ? class_name : class_name.substr(dot + 1);
}

Code CodeOf(const RemoteException& exception) {
  const std::string_view name = ShortName(exception.class_name);
  const auto* known = std::find_if(std::begin(kKnown), std::end(kKnown),
                                   [name](const Known& k) { return k.name == name; });
  if (known != std::end(kKnown)) return known->code;
  if (exception.message.find("java.lang.UnsupportedOperationException") != std::string::npos) {
    return Code::kUnimplemented;
  }
  // Our own request did not parse: HBase calls that retryable, and it never is.
  if (name == "InvalidProtocolBufferException" || name == "UninitializedMessageException") {
    return Code::kFailedPrecondition;
  }
  return exception.do_not_retry ? Code::kFailedPrecondition : Code::kUnavailable;
}

}  // namespace

std::string FirstLine(std::string_view stack_trace) {
  std::string_view line = stack_trace.substr(0, stack_trace.find('\n'));
  const size_t colon = line.find(": ");
  if (colon != std::string_view::npos &&
      line.substr(0, colon).find(' ') == std::string_view::npos &&
      line.substr(0, colon).find('.') != std::string_view::npos) {
    line.remove_prefix(colon + 2);
  }
  return std::string(line.substr(0, 500));
}

Status ToStatus(const RemoteException& exception) {
  const std::string_view name = ShortName(exception.class_name);
  return Error(CodeOf(exception), "{}{}{}", name, exception.message.empty() ? "" : ": ",
               exception.message);
}

bool IsFatalForConnection(const RemoteException& exception) {
  constexpr std::string_view kFatal[] = {
      "FatalConnectionException",   "WrongVersionException",
      "BadAuthException",           "UnsupportedCellCodecException",
      "UnsupportedCryptoException", "UnsupportedCompressionCodecException",
      "UnknownServiceException",    "EmptyServiceNameException"};
  return std::find(std::begin(kFatal), std::end(kFatal), ShortName(exception.class_name)) !=
         std::end(kFatal);
}

}  // namespace twinwatch::wire
