// `twinwatch drift`: what is known to differ. Asks the ledger alone, no cluster.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "agent/app/storage.h"
#include "agent/cli/commands.h"
#include "agent/cli/drift_pairs.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/terminal.h"
#include "agent/core/bytes.h"
#include "exporters/drift_json.h"
#include "exporters/drift_text.h"
#include "exporters/text_format.h"

namespace twinwatch::cli {
namespace {

using ledger::DriftRecord;
using ledger::DriftState;
using ledger::Ledger;
using ledger::Pair;

constexpr uint64_t kRowsShown = 100;  // of a pair, with --format table

// As typed.
struct DriftOptions {
  std::vector<std::string> tables;
  std::string format = "table";
  std::optional<std::string> row;
  std::optional<std::string> start_row;
  std::optional<std::string> stop_row;
  std::string reason;
};

StatusOr<std::unique_ptr<Ledger>> OpenLedger(const LinkOptions& links) {
  ASSIGN_OR_RETURN(const std::string path, links.LedgerPath());
  StatusOr<std::unique_ptr<Ledger>> opened = Ledger::Open(path, ledger::OpenMode::kExisting);
  if (opened.status().code() == absl::StatusCode::kNotFound) {
    return Error(absl::StatusCode::kNotFound,
                 "nothing is known yet: {}; `twinwatch verify` makes it (is --storage.path right?)",
                 Text(opened.status()));
  }
  return opened;
}

StatusOr<std::vector<TableName>> Tables(const DriftOptions& options) {
  std::vector<TableName> tables;
  for (const std::string& name : options.tables) {
    ASSIGN_OR_RETURN(TableName table, TableName::Parse(name));
    tables.push_back(std::move(table));
  }
  std::sort(tables.begin(), tables.end());
  tables.erase(std::unique(tables.begin(), tables.end()), tables.end());
  return tables;
}

StatusOr<TableName> OneTable(const DriftOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<TableName> tables, Tables(options));
  if (tables.size() == 1 && options.format == "table") return tables.front();
  if (tables.size() == 1) {
    return Error(absl::StatusCode::kInvalidArgument, "--format {} is for drift list alone",
                 options.format);
  }
  return Error(absl::StatusCode::kInvalidArgument, "which table? Give one with -t TABLE");
}

// The pair's counts and marks, and the first rows, of these tables (of all where none is named).
StatusOr<DriftView> LoadView(Ledger* ledger, const Pair& pair,
                             const std::vector<TableName>& tables) {
  DriftView view;
  view.pair = pair;
  ASSIGN_OR_RETURN(view.counts, ledger->CountOpen(pair.id));
  ASSIGN_OR_RETURN(view.marks, ledger->Marks(pair.id));
  ASSIGN_OR_RETURN(view.last_run_ended, ledger->LastEnd(pair.id));
  ledger::DriftFilter filter;
  filter.limit = kRowsShown;
  if (tables.empty()) {
    ASSIGN_OR_RETURN(view.rows, ledger->OpenDrift(pair.id, filter));
    return view;
  }
  std::erase_if(view.counts, [&tables](const auto& entry) {
    return !std::binary_search(tables.begin(), tables.end(), entry.first);
  });
  for (const TableName& table : tables) {
    if (view.rows.size() >= kRowsShown) break;
    filter.table = table;
    filter.limit = kRowsShown - view.rows.size();
    ASSIGN_OR_RETURN(const std::vector<DriftRecord> rows, ledger->OpenDrift(pair.id, filter));
    view.rows.insert(view.rows.end(), rows.begin(), rows.end());
  }
  return view;
}

// Every table that was asked for must be known to some pair: what is not known is not fine.
Status CheckKnown(Ledger* ledger, const std::vector<Pair>& pairs,
                  const std::vector<TableName>& tables) {
  std::vector<std::optional<TableName>> asked(tables.begin(), tables.end());
  if (asked.empty()) asked.emplace_back();
  for (const std::optional<TableName>& table : asked) {
    bool known = false;
    for (const Pair& pair : pairs) {
      ASSIGN_OR_RETURN(const bool by_pair, ledger->KnowsOf(pair.id, table));
      known = known || by_pair;
    }
    if (known) continue;
    return Error(absl::StatusCode::kNotFound,
                 "nothing is known yet of {}: no run over it has ended (the ledger is {})",
                 table ? "table " + table->ToString() : "these clusters", ledger->path());
  }
  return absl::OkStatus();
}

int CodeOf(const std::vector<DriftView>& views) {
  const DriftSums sums = SumOf(views);
  if (sums.confirmed > 0) return kRed;
  return sums.suspected > 0 ? kCouldNotTell : kFine;
}

// A row at a time: there may be millions.
Status PrintRows(Ledger* ledger, const std::vector<Pair>& pairs,
                 const std::vector<TableName>& tables, bool as_document) {
  const char* separator = "";
  std::vector<std::optional<TableName>> asked(tables.begin(), tables.end());
  if (asked.empty()) asked.emplace_back();
  if (as_document) fmt::print("{}", DriftListHead());
  for (const Pair& pair : pairs) {
    for (const std::optional<TableName>& table : asked) {
      ledger::DriftFilter filter;
      filter.table = table;
      RETURN_IF_ERROR(ledger->VisitOpen(pair.id, filter, [&](const DriftRecord& record) {
        fmt::print("{}{}", separator, DriftRowJson(record, pairs.size() > 1 ? &pair : nullptr));
        if (as_document) {
          separator = ",";
        } else {
          fmt::print("\n");
        }
      }));
    }
  }
  if (as_document) fmt::print("{}\n", DriftListTail());
  return absl::OkStatus();
}

StatusOr<int> List(const LinkOptions& links, const DriftOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<TableName> tables, Tables(options));
  ASSIGN_OR_RETURN(const std::unique_ptr<Ledger> ledger, OpenLedger(links));
  ASSIGN_OR_RETURN(const std::vector<Pair> pairs, PairsMeant(links, ledger.get()));
  RETURN_IF_ERROR(CheckKnown(ledger.get(), pairs, tables));
  std::vector<DriftView> views;
  for (const Pair& pair : pairs) {
    ASSIGN_OR_RETURN(DriftView view, LoadView(ledger.get(), pair, tables));
    views.push_back(std::move(view));
  }
  if (options.format == "table") {
    fmt::print("{}", DriftListText(views, {links.ForHint(), WantsColour()}));
  } else if (options.format == "nagios") {
    fmt::print("{}\n", DriftNagios(views));
  } else {
    RETURN_IF_ERROR(PrintRows(ledger.get(), pairs, tables, options.format == "json"));
  }
  return CodeOf(views);
}

StatusOr<int> Show(const LinkOptions& links, const DriftOptions& options) {
  ASSIGN_OR_RETURN(const TableName table, OneTable(options));
  std::optional<std::string> key;
  if (options.row) {
    ASSIGN_OR_RETURN(key, FromStringBinary(*options.row));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Ledger> ledger, OpenLedger(links));
  ASSIGN_OR_RETURN(const Pair pair, OnePair(links, ledger.get(), table));
  const DriftTextOptions text{links.ForHint(), WantsColour()};
  if (!key) {
    ASSIGN_OR_RETURN(const DriftView view, LoadView(ledger.get(), pair, {table}));
    fmt::print("{}", DriftTableText(view, table, text));
    return CodeOf({view});
  }
  ASSIGN_OR_RETURN(const std::optional<ledger::DriftHistory> history,
                   ledger->Row(pair.id, table, *key));
  if (!history) {
    return Error(absl::StatusCode::kNotFound,
                 "nothing is known of row {} of {}: twinwatch drift "
                 "list -t {} lists the rows that are",
                 *options.row, table.ToString(), table.ToString());
  }
  fmt::print("{}", DriftRowText(pair, *history, text));
  const DriftState state = history->record.state;
  if (state == DriftState::kRechecked || state == DriftState::kWaived) return kFine;
  return state == DriftState::kSuspected ? kCouldNotTell : kRed;
}

StatusOr<KeyRange> RangeOf(const DriftOptions& options) {
  if (options.row && (options.start_row || options.stop_row)) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "--row does not go with --start-row and --stop-row: give one of them");
  }
  if (options.row) {
    ASSIGN_OR_RETURN(const std::string row, FromStringBinary(*options.row));
    return OneRow(row);
  }
  KeyRange range;
  ASSIGN_OR_RETURN(range.start, FromStringBinary(options.start_row.value_or("")));
  ASSIGN_OR_RETURN(range.stop, FromStringBinary(options.stop_row.value_or("")));
  if (!IsEmpty(range)) return range;
  return Error(absl::StatusCode::kInvalidArgument,
               "no row lies between --start-row and --stop-row");
}

StatusOr<int> Waive(const LinkOptions& links, const DriftOptions& options) {
  ASSIGN_OR_RETURN(const TableName table, OneTable(options));
  ASSIGN_OR_RETURN(const KeyRange range, RangeOf(options));
  if (options.reason.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "why? Give --reason TEXT");
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Ledger> ledger, OpenLedger(links));
  ASSIGN_OR_RETURN(const Pair pair, OnePair(links, ledger.get(), table));
  ASSIGN_OR_RETURN(
      const uint64_t rows,
      ledger->Waive(pair.id, table, range, {options.reason, app::LoginName(), absl::Now()}));
  if (rows == 0) {
    return Error(absl::StatusCode::kNotFound,
                 "there is nothing to waive: no row of {}{} is known to differ", table.ToString(),
                 range == KeyRange{} ? "" : " in that range");
  }
  fmt::print("{}\n", Wrapped(fmt::format("WAIVED: {} of {}. What differs later is not waived.",
                                         Plural(rows, "row", "rows"), table.ToString())));
  return kFine;
}

int RunDrift(StatusOr<int> (*command)(const LinkOptions&, const DriftOptions&),
             const LinkOptions& links, const DriftOptions& options) {
  const bool nagios = options.format == "nagios";
  const StatusOr<int> done = command(links, options);
  if (!done.ok() && nagios) fmt::print("UNKNOWN - {}\n", Text(done.status()));
  const int code = done.ok() ? *done : PrintError(done.status());
  return nagios ? NagiosCode(code) : code;
}

}  // namespace

void AddDrift(CLI::App* app, const LinkOptions* links, Run* run) {
  auto options = std::make_shared<DriftOptions>();
  CLI::App* drift = app->add_subcommand("drift", "what is known to differ, as the ledger has it");
  drift->fallthrough();
  drift->require_subcommand(0, 1);
  drift->add_option("-t,--table", options->tables, "a table; with list again for more");
  drift->add_option("--format", options->format, "of list: table, json, jsonl or nagios")
      ->check(CLI::IsMember({"table", "json", "jsonl", "nagios"}));
  drift->add_subcommand("list", "the rows that are known to differ (the default)")->fallthrough();
  CLI::App* show = drift->add_subcommand("show", "all that is known of a table, or of a row");
  show->fallthrough();
  show->add_option("--row", options->row, "a row, with HBase's escapes (\\x00)");
  CLI::App* waive = drift->add_subcommand("waive", "takes rows out of every count, with a reason");
  waive->fallthrough();
  waive->add_option("--row", options->row, "a row; default: all of the table's that are known");
  waive->add_option("--start-row", options->start_row, "first row");
  waive->add_option("--stop-row", options->stop_row, "row before which to stop");
  waive->add_option("--reason", options->reason, "why they may differ");
  drift->callback([links, run, options, show, waive] {
    const auto command = show->parsed() ? Show : waive->parsed() ? Waive : List;
    *run = [links, options, command] { return RunDrift(command, *links, *options); };
  });
}

}  // namespace twinwatch::cli
