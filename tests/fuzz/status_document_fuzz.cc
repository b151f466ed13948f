// A status document, as an agent may answer it: whatever it is, it is read or refused, and what was
// read is printed.
#include "exporters/status_json.h"
#include "exporters/status_parse.h"
#include "exporters/status_text.h"
#include "tests/fuzz/fuzz.h"

using namespace twinwatch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  const auto links = ParseStatusDocument(fuzz::View(data, size), now);
  if (!links.ok()) return 0;
  // Printing cuts what is below seconds and milliseconds: after that nothing changes any more.
  const auto once = ParseStatusDocument(StatusDocument("status", *links, now), now);
  fuzz::Require(once.ok(), "what is printed is read");
  const std::string text = StatusDocument("status", *once, now);
  const auto twice = ParseStatusDocument(text, now);
  fuzz::Require(twice.ok() && StatusDocument("status", *twice, now) == text, "and the same");
  (void)StatusText(*links, now, "", false);
  (void)QueuesText(*links, now, false, false);
  return 0;
}
