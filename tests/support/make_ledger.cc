// make_ledger FILE SOURCE TARGET: a ledger that knows one pair and nothing of it.
#include <fmt/format.h>

#include "verifier/ledger/ledger.h"

int main(int argc, char** argv) {
  using twinwatch::ledger::Ledger;
  if (argc != 4) return 3;
  const auto ledger = Ledger::Open(argv[1], twinwatch::ledger::OpenMode::kCreate);
  if (!ledger.ok()) {
    fmt::print(stderr, "{}\n", twinwatch::Text(ledger.status()));
    return 2;
  }
  const twinwatch::ledger::Pair pair{0, "id-a", "id-b", argv[2], argv[3], "a-b"};
  return (*ledger)->NotePair(pair, absl::Now()).ok() ? 0 : 2;
}
