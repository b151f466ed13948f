// What an agent may answer when it is asked for drift: whatever it is, it is read or refused, what
// was read is printed, and that reads the same.
#include "exporters/drift_document.h"
#include "exporters/drift_json.h"
#include "exporters/drift_text.h"
#include "exporters/watched_links.h"
#include "tests/fuzz/fuzz.h"

using namespace twinwatch;

namespace {

void PrintPage(const DriftPage& page) {
  // Printing cuts what is below seconds: after that nothing changes any more.
  const auto once = ParseDriftPage(DriftPageDocument(page));
  fuzz::Require(once.ok(), "a page that is printed is read");
  const std::string text = DriftPageDocument(*once);
  const auto twice = ParseDriftPage(text);
  fuzz::Require(twice.ok() && DriftPageDocument(*twice) == text, "and the same");
  DriftView view = page.known.value_or(DriftView());
  view.rows = page.rows;
  (void)DriftListText({view}, {});
  (void)DriftNagios({view});
  for (const auto& [table, marks] : view.marks) (void)DriftTableText(view, table, {});
}

void PrintRow(const DriftRowView& row) {
  const auto once = ParseDriftRow(DriftRowDocument(row));
  fuzz::Require(once.ok(), "a row that is printed is read");
  const std::string text = DriftRowDocument(*once);
  const auto twice = ParseDriftRow(text);
  fuzz::Require(twice.ok() && DriftRowDocument(*twice) == text, "and the same");
  (void)DriftRowText(row.pair, row.history, {});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::View(data, size);
  if (const auto page = ParseDriftPage(text); page.ok()) PrintPage(*page);
  if (const auto row = ParseDriftRow(text); row.ok()) PrintRow(*row);
  (void)ParseWatchedLinks(text);
  return 0;
}
