// Cells of one table in a folder that HBase's own Import reads: `part-m-00000`, a sequence file as
// HBase's Export writes it, and `_README.txt`, which says how to put them back
// (docs/export-form.md). Hadoop passes over names that begin with `_` and would take any other for
// data.
//
// Bounded memory: one record, at most 1 MiB of cells or one larger cell; rows with more are several
// records, which Import does not mind. Until Finish has returned OK the data has a name that Import
// passes over, and there is no README: what a crash leaves cannot be taken for the whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/core/cell.h"
#include "agent/core/status.h"
#include "verifier/export/append_file.h"
#include "verifier/export/export_readme.h"
#include "verifier/export/sequence_file.h"

namespace twinwatch::export_form {

// A folder's name for the table: `table-NAMESPACE-NAME`, as Hadoop's paths take no colon.
// Namespaces have no hyphen, so no two tables share one.
std::string FolderName(const TableName& table);

class ExportFolder {
 public:
  // Makes the folder, in one that exists. kFailedPrecondition when there is something of that name,
  // kInvalidArgument for a path that Hadoop would not take as it is.
  static StatusOr<ExportFolder> Create(const std::string& folder, Origin origin);

  // Cells of one row one after another; else rows and cells in any order. `ttl_ms` is the cell's
  // own TTL. kInvalidArgument, with nothing written, for a cell that no HBase holds; after any
  // other error the folder cannot be finished any more.
  Status Append(const CellView& cell, std::optional<uint64_t> ttl_ms);

  // All is on the disk, under the names that count.
  StatusOr<Totals> Finish(absl::Time now);

 private:
  ExportFolder(std::string folder, Origin origin, AppendFile file,
               const SequenceFile::SyncMarker& sync);
  Status EndRecord();

  std::string folder_;
  Origin origin_;
  AppendFile file_;
  SequenceFile sequence_;
  Status failure_;
  Totals totals_;

  std::string row_;    // of the record under way
  std::string cells_;  // its cells, encoded; empty: no record is under way
  std::string bytes_;  // what goes to the file next
};

}  // namespace twinwatch::export_form
