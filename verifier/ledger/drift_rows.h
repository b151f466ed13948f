// The table `drift`, an entry at a time. Inside the caller's transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/core/status.h"
#include "verifier/ledger/records.h"
#include "verifier/ledger/sqlite.h"

namespace twinwatch::ledger {

// What a SELECT of entries begins with, up to its WHERE; ReadRecord takes one.
constexpr char kSelectDrift[] = R"(
  SELECT table_name, row, class, state, first_seen, last_seen, resolved, confirmed_by, confirmed_at,
    cause, evidence, waived, waived_by, waived_at, oldest_ms, newest_ms, run, breadth
  FROM drift )";
StatusOr<DriftRecord> ReadRecord(const Statement& select);

// Writes entries and their history, for one pair.
class DriftWriter {
 public:
  static StatusOr<DriftWriter> Prepare(Database* database, PairId pair);

  StatusOr<std::optional<DriftRecord>> Find(const TableName& table, std::string_view row);
  Status Write(const DriftRecord& record);
  Status AddEvent(const DriftRecord& record, absl::Time at, std::string_view run,
                  std::string_view note);
  // Found to be the same: `rechecked`. What was never more than suspected is forgotten.
  Status Close(DriftRecord record, absl::Time at, std::string_view run, std::string_view note);

 private:
  DriftWriter(PairId pair, Statement find, Statement write, Statement add_event,
              Statement proven_once, Statement forget, Statement forget_events)
      : pair_(pair),
        find_(std::move(find)),
        write_(std::move(write)),
        add_event_(std::move(add_event)),
        proven_once_(std::move(proven_once)),
        forget_(std::move(forget)),
        forget_events_(std::move(forget_events)) {}

  PairId pair_;
  Statement find_;
  Statement write_;
  Statement add_event_;
  Statement proven_once_;
  Statement forget_;
  Statement forget_events_;
};

}  // namespace twinwatch::ledger
