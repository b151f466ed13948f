// An exception's class and stack trace, as a server words them: the first line is the class.
#include <string>

#include "probes/wire/remote_exception.h"
#include "tests/fuzz/fuzz.h"

using namespace twinwatch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::View(data, size);
  const size_t line = std::min(text.find('\n'), text.size());
  wire::RemoteException exception;
  exception.class_name = text.substr(0, line);
  exception.message = wire::FirstLine(text.substr(std::min(line + 1, text.size())));
  for (const bool do_not_retry : {false, true}) {
    exception.do_not_retry = do_not_retry;
    fuzz::Require(!wire::ToStatus(exception).ok(), "an exception is never fine");
  }
  (void)wire::IsFatalForConnection(exception);
  return 0;
}
