// From a row as it is stored on both sides to the writes that make a reader of the target see what
// a reader of the source sees. Pure; the same images give the same writes.
//
//   - A cell that the target lacks is put with its own timestamp (and TTL), another value of the
//     same timestamp is put over.
//   - What only the target has is removed where it keeps a reader from what the source shows (with
//     `all_versions` wherever it shows): version by version, every stored one that the source does
//     not hold. Where the source still has the column marker that removed it, that one follows,
//     if nothing else is left under it. A family marker is never sent, not even the source's:
//     HBase can guard no write by what a whole family holds, and it would hide what came since.
//   - Deletes come first: a put that lies below a surplus cell may be thrown away by a flush.
//   - Each write is guarded by what the target shows in the cell's place.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/repair/image_index.h"
#include "verifier/repair/row_image.h"

namespace twinwatch {

struct EditRules {
  std::vector<std::string> families;  // that are compared; others are not touched. Empty: all
  bool all_versions = false;  // every version that a reader may ask for, not the latest only
  bool allow_deletes = false;
  bool allow_compaction = false;  // of the target, to be rid of markers that would hide a put
  // Of what the target has these puts alone may be removed or put over (PutNumber, sorted); where
  // another one is in the way the row is refused. None: anything.
  std::optional<std::vector<uint64_t>> removable;
  uint64_t now_ms = 0;  // cells whose own TTL is over are not put
};

struct RowEdits {
  std::vector<GuardedWrite> writes;  // deletes before puts
  bool same = false;  // a reader sees the same already, column by column; there are no writes then
  // Delete markers of the target hide what is to be put: they must be compacted away first.
  bool compaction = false;
  bool deletes = false;
  bool ttls = false;  // puts with a TTL of their own
  // Why nothing is written though they differ; `writes` are empty then, and only then.
  std::optional<std::string> refused;

  uint64_t bytes() const;
};

RowEdits EditsOf(const RowImage& source, const RowImage& target, const EditRules& rules);

// What `write` was to do has been done, by whomever, as `target` shows.
bool IsDone(const GuardedWrite& write, const ImageIndex& target);

// Their columns, as long as they are there. (A marker of a whole family is never written.)
std::set<ColumnName> WrittenColumns(const std::vector<GuardedWrite>& writes);

// `family:qualifier/timestamp`, as HBase's shell names cells.
std::string PlaceText(const CellView& cell);

}  // namespace twinwatch
