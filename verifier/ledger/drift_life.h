// What a sighting makes of what is known of a row. Pure.
//
//   - A row keeps its first_seen as long as it is open. One that was found to be the same and
//     differs again begins anew; its history stays.
//   - A suspect never takes back what was confirmed, planned, repaired or waived; it only moves
//     last_seen.
//   - A waiver covers the class that was waived. Another class is another difference: the waiver
//     ends, and that is in the history. A row found to be the same ends its waiver too.
//   - `planned` stays while the same class is confirmed again; `repaired` that is confirmed again
//     is `confirmed`: the repair did not do it.
//   - A repair that is taken back leaves the row as it was found before: it differs again, on the
//     old proof, and was not looked at since. Its `run` is empty until a pass sees it.
//   - The user's word (`none`) does not replace a barrier's proof of the same class.
#pragma once

#include <optional>
#include <string>

#include "verifier/ledger/records.h"

namespace twinwatch::ledger {

struct Seen {
  DriftRecord record;
  std::optional<std::string> event;  // the note, where the row's life took a turn
};

Seen AfterSighting(const std::optional<DriftRecord>& known, const DriftFinding& finding,
                   const Sighting& sighting);

// What an apply and an undo of `plan` (its digest) are called in a row's history.
std::string RepairedNote(const std::string& plan);
std::string UndoneNote(const std::string& plan);

// What the undo of a repair makes of it. `finding` is what the plan was made for. None: the ledger
// was told already, or the row was repaired by another plan since, or it is waived.
std::optional<Seen> AfterUndo(const std::optional<DriftHistory>& known, const DriftFinding& finding,
                              const std::string& plan, absl::Time at);

// A pass of breadth `pass` that finds a row to be the same refutes what was found with `found`.
bool Refutes(const Breadth& pass, const Breadth& found);

}  // namespace twinwatch::ledger
