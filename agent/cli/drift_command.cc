// `twinwatch drift`: what is known to differ. Asks the ledger alone, or an agent; no cluster.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "agent/app/storage.h"
#include "agent/cli/answer.h"
#include "agent/cli/commands.h"
#include "agent/cli/drift_pairs.h"
#include "agent/cli/drift_source.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/terminal.h"
#include "agent/core/bytes.h"
#include "exporters/drift_document.h"
#include "exporters/drift_json.h"
#include "exporters/drift_text.h"
#include "exporters/text_format.h"

namespace twinwatch::cli {
namespace {

using ledger::DriftRecord;
using ledger::DriftState;
using ledger::Ledger;
using ledger::Pair;

// As typed.
struct DriftOptions {
  std::vector<std::string> tables;
  std::string format = "table";
  std::optional<std::string> row;
  std::optional<std::string> start_row;
  std::optional<std::string> stop_row;
  std::string reason;
};

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
  if (tables.size() == 1) return tables.front();
  return Error(absl::StatusCode::kInvalidArgument, "which table? Give one with -t TABLE");
}

Status CheckNoNagios(const DriftOptions& options, std::string_view command) {
  if (options.format != kNagios) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument,
               "--format nagios is no format of {}: leave it out, or give json", command);
}

int CodeOf(const std::vector<DriftView>& views) {
  const DriftSums sums = SumOf(views);
  if (sums.confirmed > 0) return kRed;
  return sums.suspected > 0 ? kCouldNotTell : kFine;
}

Status PrintRows(DriftSource* source, const std::vector<DriftView>& views,
                 const std::vector<TableName>& tables, bool as_document) {
  const char* separator = "";
  std::vector<std::optional<TableName>> asked(tables.begin(), tables.end());
  if (asked.empty()) asked.emplace_back();
  if (as_document) fmt::print("{}", DriftListHead());
  for (const DriftView& view : views) {
    const Pair* pair = views.size() > 1 ? &view.pair : nullptr;
    for (const std::optional<TableName>& table : asked) {
      RETURN_IF_ERROR(source->VisitRows(view.pair, table, [&](const DriftRecord& record) {
        fmt::print("{}{}", separator, DriftRowJson(record, pair));
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

StatusOr<std::unique_ptr<DriftSource>> Source(const LinkOptions& links) {
  return links.agent.empty() ? DriftOfLedger(links) : DriftOfAgent(links);
}

StatusOr<int> List(const LinkOptions& links, const DriftOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<TableName> tables, Tables(options));
  ASSIGN_OR_RETURN(const std::unique_ptr<DriftSource> source, Source(links));
  ASSIGN_OR_RETURN(const DriftSource::Views loaded, source->Load(tables));
  const std::vector<DriftView>& views = loaded.views;
  const int code = CodeOf(views);
  // Proven drift is told, and nothing else where something is not known.
  if (!loaded.unknown.ok() && code != kRed) return loaded.unknown;
  if (options.format == "table") {
    fmt::print("{}", DriftListText(views, {links.ForHint(), WantsColour()}));
  } else if (options.format == kNagios) {
    Tell(DriftNagios(views));
  } else {
    RETURN_IF_ERROR(PrintRows(source.get(), views, tables, options.format == "json"));
  }
  if (!loaded.unknown.ok()) PrintError(loaded.unknown);
  return code;
}

void PrintTable(const DriftView& view, const TableName& table, const DriftOptions& options,
                const DriftTextOptions& text) {
  if (options.format == kNagios) {
    Tell(DriftNagios({view}));
  } else if (IsDocument(options.format)) {
    fmt::print("{}\n", DriftTableDocument(view, table));
  } else {
    fmt::print("{}", DriftTableText(view, table, text));
  }
}

StatusOr<int> Show(const LinkOptions& links, const DriftOptions& options) {
  ASSIGN_OR_RETURN(const TableName table, OneTable(options));
  std::optional<std::string> key;
  if (options.row) {
    RETURN_IF_ERROR(CheckNoNagios(options, "drift show --row"));
    ASSIGN_OR_RETURN(key, FromStringBinary(*options.row));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<DriftSource> source, Source(links));
  const DriftTextOptions text{links.ForHint(), WantsColour()};
  if (!key) {
    ASSIGN_OR_RETURN(const DriftView view, source->LoadOne(table));
    PrintTable(view, table, options, text);
    return CodeOf({view});
  }
  ASSIGN_OR_RETURN(const std::optional<DriftRowView> row, source->LoadRow(table, *key));
  if (!row) {
    return Error(absl::StatusCode::kNotFound,
                 "nothing is known of row {} of {}: twinwatch drift "
                 "list -t {} lists the rows that are",
                 *options.row, table.ToString(), table.ToString());
  }
  if (IsDocument(options.format)) {
    fmt::print("{}\n", DriftRowDocument(*row));
  } else {
    fmt::print("{}", DriftRowText(row->pair, row->history, text));
  }
  const DriftState state = row->history.record.state;
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
  RETURN_IF_ERROR(CheckNoNagios(options, "drift waive"));
  ASSIGN_OR_RETURN(const TableName table, OneTable(options));
  ASSIGN_OR_RETURN(const KeyRange range, RangeOf(options));
  if (options.reason.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "why? Give --reason TEXT");
  }
  if (!links.agent.empty()) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "an agent's API only reads: run drift waive where its ledger is, without --agent "
                 "and with its --config or --storage.path");
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Ledger> ledger, OpenLedgerMeant(links));
  ASSIGN_OR_RETURN(const Pair pair, OnePair(links, ledger.get(), table));
  const ledger::Waiver waiver{options.reason, app::LoginName(), absl::Now()};
  ASSIGN_OR_RETURN(const uint64_t rows, ledger->Waive(pair.id, table, range, waiver));
  if (rows == 0) {
    return Error(absl::StatusCode::kNotFound,
                 "there is nothing to waive: no row of {}{} is known to differ", table.ToString(),
                 range == KeyRange{} ? "" : " in that range");
  }
  if (IsDocument(options.format)) {
    fmt::print("{}\n", DriftWaivedDocument(pair, table, rows, waiver));
    return kFine;
  }
  fmt::print("{}\n", Wrapped(fmt::format("WAIVED: {} of {}. What differs later is not waived.",
                                         Plural(rows, "row", "rows"), table.ToString())));
  return kFine;
}

int RunDrift(StatusOr<int> (*command)(const LinkOptions&, const DriftOptions&),
             const LinkOptions& links, const DriftOptions& options) {
  const StatusOr<int> done = command(links, options);
  return done.ok() ? ExitCodeIn(options.format, *done) : Fail(options.format, done.status());
}

}  // namespace

void AddDrift(CLI::App* app, const LinkOptions* links, Run* run) {
  auto options = std::make_shared<DriftOptions>();
  CLI::App* drift = app->add_subcommand("drift", "what is known to differ, as the ledger has it");
  drift->fallthrough();
  drift->require_subcommand(0, 1);
  drift->add_option("-t,--table", options->tables, "a table; with list again for more");
  AddFormat(drift, &options->format);
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
