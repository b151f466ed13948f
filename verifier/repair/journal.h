// The undo journal of one plan: an SQLite file of its own. What was stored on the target, and what
// is about to be written there, is on disk before it is sent.
//
// One process at a time: another one finds it locked (kUnavailable). Errors are those of
// verifier/ledger/sqlite.h; kFailedPrecondition is a full disk, or more than `max_bytes`. After an
// error nothing of that call is kept.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/key_range.h"
#include "agent/core/status.h"
#include "verifier/ledger/sqlite.h"
#include "verifier/repair/journaled_row.h"

namespace twinwatch {

struct JournalHeader {
  std::string plan;  // its file, whole
  std::string plan_digest;
  absl::Time begun;
};

// How far a range has come that is copied as a whole.
enum class CopyState { kNone, kBeforeKept, kCopied, kUndone };

struct JournaledCopy {
  CopyState state = CopyState::kNone;
  std::string job;  // the last one that ran, as YARN knows it; may be empty
  std::string log;  // where that job's log is
};

// A row to which a job of CopyTable wrote.
struct WrittenRow {
  std::string row;
  std::string why;  // not all of it is as it should be; empty: it is
};

class Journal {
 public:
  // Makes the file. kAlreadyExists when there is one.
  static StatusOr<std::unique_ptr<Journal>> Create(const std::string& path,
                                                   const JournalHeader& header, uint64_t max_bytes);
  // kNotFound; kInvalidArgument for what is no journal. It may grow to `max_bytes`.
  static StatusOr<std::unique_ptr<Journal>> Open(const std::string& path,
                                                 uint64_t max_bytes = UINT64_MAX);

  const std::string& path() const { return database_->path(); }
  const JournalHeader& header() const { return header_; }

  // On disk when it returns OK. A row that is in it already, of the same engine, is left as it is:
  // its first before-image is the one.
  Status Add(const std::vector<JournaledRow>& rows);
  // Of rows that are in it.
  Status SetState(const JournaledRows& rows, RowState state, std::string_view why);
  Status SetWrites(int64_t id, const std::vector<GuardedWrite>& writes, RowState state);
  // What undo is about to write, in place of what an earlier undo was.
  Status SetUndo(const std::vector<UndoWrites>& rows);

  StatusOr<std::optional<JournaledRow>> Find(const TableName& table, std::string_view row,
                                             RepairEngine engine);
  StatusOr<std::optional<RowState>> StateOf(const TableName& table, std::string_view row,
                                            RepairEngine engine);
  // The row that was added last before the one with this id, INT64_MAX: the very last; as they have
  // to be undone. None: that was the first.
  StatusOr<std::optional<JournaledRow>> Before(int64_t id);
  StatusOr<uint64_t> CountRows();

  // Ranges are known by their place in the plan.
  StatusOr<JournaledCopy> Copy(size_t range);
  Status SetCopy(size_t range, const JournaledCopy& copy);
  // A job was begun, and nobody has found out since what it wrote.
  StatusOr<bool> HasUnfinishedCopy();
  // In key order.
  StatusOr<std::vector<WrittenRow>> WrittenByCopy(const TableName& table, const KeyRange& range);

  // What else is to be remembered of the run: the snapshot's name.
  Status Note(std::string_view key, std::string_view value);
  StatusOr<std::string> Noted(std::string_view key);  // empty: nothing was

 private:
  Journal(std::unique_ptr<ledger::Database> database, JournalHeader header)
      : database_(std::move(database)), header_(std::move(header)) {}

  std::unique_ptr<ledger::Database> database_;
  JournalHeader header_;
};

}  // namespace twinwatch
