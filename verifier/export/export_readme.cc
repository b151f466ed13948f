#include "verifier/export/export_readme.h"

#include <fmt/format.h>

#include <string_view>

#include "agent/core/utc.h"

namespace twinwatch::export_form {
namespace {

// Clients and servers refuse larger cells by default.
constexpr uint64_t kLargestByDefault = 10 << 20;

// For a POSIX shell.
std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string Counted(uint64_t n, std::string_view thing) {
  return fmt::format("{} {}{}", n, thing, n == 1 ? "" : "s");
}

std::string Command(const Origin& origin, const Totals& totals, const std::string& folder) {
  std::string command =
      "  hbase org.apache.hadoop.hbase.mapreduce.Import \\\n"
      "    -Dmapreduce.framework.name=local \\\n";
  if (origin.replicates_onward) command += "    -Dimport.wal.durability=SKIP_WAL \\\n";
  if (totals.cells_with_ttl > 0) {
    command +=
        "    -Dhbase.client.rpc.codec=org.apache.hadoop.hbase.codec.KeyValueCodecWithTags \\\n";
  }
  if (totals.largest_cell_bytes > kLargestByDefault) {
    command += "    -Dhbase.client.keyvalue.maxsize=0 \\\n";
  }
  return command +
         fmt::format("    {} {}\n", Quoted(origin.table.ToString()), Quoted("file://" + folder));
}

constexpr std::string_view kOnward =
    "SKIP_WAL is there because this cluster replicates to another one: without it HBase sends all "
    "that\n"
    "Import writes there too. Import flushes the table at its end, and only then is it safe: "
    "should a region\n"
    "server die before, run the command again, even if it returned 0.\n\n";

constexpr std::string_view kTtl =
    "The codec is there for the cells with a TTL of their own: without it, and with HBase before "
    "2.3.4 or with\n"
    "2.4.0, they come back without it and stay for ever.\n\n";

constexpr std::string_view kLarge =
    "The limit of a cell's size is lifted for this client; the servers have to take such cells "
    "too\n"
    "(hbase.server.keyvalue.maxsize), as they did when these were written.\n\n";

constexpr std::string_view kLimits =
    "WHAT IT DOES NOT DO\n"
    "- It only adds. Whatever was written since stays, and where that is newer, readers see that.\n"
    "- It asks nobody: a cell that somebody wrote since with the very same timestamp is replaced.\n"
    "- A cell that a delete marker covers (same or older timestamp) stays hidden although it was "
    "put back,\n"
    "  until the marker is gone: flush the table and run a major compaction first, then Import.\n"
    "- Cells keep row, family, column, timestamp, type, value and TTL. Visibility labels, cell "
    "ACLs and other\n"
    "  tags are not here.\n";

}  // namespace

std::string Readme(const Origin& origin, const Totals& totals, const std::string& folder,
                   absl::Time written) {
  std::string text = fmt::format(
      "Table {} of the cluster {}.\n{}\n\n"
      "{} ({}, {} with a TTL of their own) in {}, written by Twinwatch at {}\n"
      "in the form of HBase's Export. This file is passed over by Import.\n\n"
      "TO PUT THEM BACK\n"
      "As a user who may write the table, on this machine, with that cluster's configuration (the "
      "table and\n"
      "its families must exist):\n\n{}\n"
      "Done when its exit code is 0 (echo $?). It may be run again: the end is the same.\n\n",
      origin.table.ToString(), origin.cluster, origin.what, Counted(totals.cells, "cell"),
      Counted(totals.delete_markers, "delete marker"), totals.cells_with_ttl,
      Counted(totals.records, "record"), ToRfc3339(written), Command(origin, totals, folder));
  if (origin.replicates_onward) text += kOnward;
  if (totals.cells_with_ttl > 0) text += kTtl;
  if (totals.largest_cell_bytes > kLargestByDefault) text += kLarge;
  text +=
      "On YARN: put the folder into HDFS (hdfs dfs -put), leave out mapreduce.framework.name, and "
      "name the\n"
      "folder there instead of file://.\n\n";
  text += kLimits;
  return text;
}

}  // namespace twinwatch::export_form
