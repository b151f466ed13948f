// What an agent's API tells of drift, put together as the ledger would.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "agent/app/agent_client.h"
#include "agent/cli/drift_source.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/run_async.h"
#include "agent/core/bytes.h"
#include "exporters/watched_links.h"
#include "probes/http/url.h"

namespace twinwatch::cli {
namespace {

using ledger::DriftRecord;
using ledger::Pair;

// A page of the longest rows there are, with their causes.
constexpr size_t kLargestPage = 24u << 20;

struct Exchange {
  app::AgentAddress agent;
  std::string path;
  Status status;
  std::string body;
};

Task<int> RunExchange(Executor executor, std::shared_ptr<Exchange> exchange) {
  StatusOr<std::string> body =
      co_await app::AskAgent(executor, exchange->agent, exchange->path, kLargestPage);
  exchange->status = body.status();
  if (body.ok()) exchange->body = *std::move(body);
  co_return kFine;
}

class AgentDrift : public DriftSource {
 public:
  explicit AgentDrift(app::AgentAddress agent) : agent_(std::move(agent)) {}

  // Must be called first, and succeed.
  Status FindLinks(const std::string& only) {
    ASSIGN_OR_RETURN(const std::string body, Ask("/api/v1/collectors"));
    StatusOr<std::vector<WatchedLink>> links = ParseWatchedLinks(body);
    if (!links.ok()) return Named(links.status());
    std::vector<std::string> names;
    for (WatchedLink& link : *links) {
      names.push_back(link.name);
      if (only.empty() || link.name == only) links_.push_back(std::move(link));
    }
    if (!links_.empty()) return absl::OkStatus();
    return Error(absl::StatusCode::kNotFound, "the agent at {} has no link {} (it has: {})",
                 agent_.url, only, fmt::join(names, ", "));
  }

  StatusOr<Views> Load(const std::vector<TableName>& tables) override {
    Views loaded;
    std::vector<TableName> unknown = tables;
    for (const WatchedLink& link : links_) {
      ASSIGN_OR_RETURN(std::optional<DriftView> view, LoadView(link, tables, &unknown));
      if (!view) {
        loaded.unknown = NothingKnown(link);
      } else if (!IsThere(loaded.views, view->pair)) {
        loaded.views.push_back(*std::move(view));
      }
    }
    if (loaded.views.empty()) return loaded.unknown;
    if (unknown.empty()) return loaded;
    return NothingKnownOf(unknown.front());
  }

  StatusOr<DriftView> LoadOne(const TableName& table) override {
    std::vector<DriftView> knowing;
    for (const WatchedLink& link : links_) {
      std::vector<TableName> unknown = {table};
      ASSIGN_OR_RETURN(std::optional<DriftView> view, LoadView(link, {table}, &unknown));
      if (view && unknown.empty() && !IsThere(knowing, view->pair))
        knowing.push_back(*std::move(view));
    }
    if (knowing.size() == 1) return std::move(knowing.front());
    if (knowing.empty()) return NothingKnownOf(table);
    std::vector<std::string> names;
    for (const DriftView& view : knowing) names.push_back(view.pair.link);
    return Error(absl::StatusCode::kInvalidArgument,
                 "several links have a table {} ({}): choose one with --link", table.ToString(),
                 fmt::join(names, ", "));
  }

  Status VisitRows(const Pair& pair, const std::optional<TableName>& table,
                   const Visit& visit) override {
    const std::string path = PathOf(pair.link, table);
    std::optional<DriftRecord> last;
    std::string cursor;
    while (true) {
      StatusOr<DriftPage> page = AskPage(path + cursor);
      // This pair knows of another table only.
      if (absl::IsNotFound(page.status()) && table && !last) return absl::OkStatus();
      if (!page.ok()) return page.status();
      // Whoever repeats rows would have us ask without end.
      if (last && !page->rows.empty() && !ComesBefore(*last, page->rows.front()))
        return Named(absl::DataLossError("its pages do not follow one another"));
      for (const DriftRecord& row : page->rows) visit(row);
      if (!page->rows.empty()) last = std::move(page->rows.back());
      if (!page->next) return absl::OkStatus();
      cursor = "&cursor=" + http::PercentEncoded(*page->next);
    }
  }

  StatusOr<std::optional<DriftRowView>> LoadRow(const TableName& table,
                                                const std::string& row) override {
    ASSIGN_OR_RETURN(const DriftView view, LoadOne(table));
    const StatusOr<std::string> body = Ask(fmt::format(
        "/api/v1/links/{}/drift/row?table={}&row={}", http::PercentEncoded(view.pair.link),
        http::PercentEncoded(table.ToString()), http::PercentEncoded(ToStringBinary(row))));
    if (absl::IsNotFound(body.status())) return std::nullopt;
    if (!body.ok()) return body.status();
    StatusOr<DriftRowView> found = ParseDriftRow(*body);
    if (!found.ok()) return Named(found.status());
    return std::optional(*std::move(found));
  }

 private:
  static bool IsThere(const std::vector<DriftView>& views, const Pair& pair) {
    return std::any_of(views.begin(), views.end(), [&pair](const DriftView& view) {
      return view.pair.source_id == pair.source_id && view.pair.target_id == pair.target_id;
    });
  }

  static std::string PathOf(const std::string& link, const std::optional<TableName>& table,
                            size_t limit = kRowsShown) {
    std::string path =
        fmt::format("/api/v1/links/{}/drift?limit={}", http::PercentEncoded(link), limit);
    if (table) path += "&table=" + http::PercentEncoded(table->ToString());
    return path;
  }

  Status Named(const Status& status) const {
    return Annotate(status, "the agent at " + agent_.url);
  }

  Status NothingKnown(const WatchedLink& link) const {
    return Error(absl::StatusCode::kNotFound,
                 "nothing is known yet of link {}: no comparison has ended, says the agent at {}{}",
                 link.name, agent_.url, link.error.empty() ? "" : ", and: " + link.error);
  }
  Status NothingKnownOf(const TableName& table) const {
    return Error(absl::StatusCode::kNotFound,
                 "nothing is known yet of table {}: no run over it has ended, says the agent at {}",
                 table.ToString(), agent_.url);
  }

  StatusOr<std::string> Ask(const std::string& path) {
    const auto exchange = std::make_shared<Exchange>();
    exchange->agent = agent_;
    exchange->path = path;
    const int code =
        RunAsync([exchange](Executor executor) { return RunExchange(executor, exchange); });
    if (code == kInterrupted) return absl::CancelledError("interrupted");
    if (!exchange->status.ok()) return exchange->status;
    return std::move(exchange->body);
  }

  StatusOr<DriftPage> AskPage(const std::string& path) {
    ASSIGN_OR_RETURN(const std::string body, Ask(path));
    StatusOr<DriftPage> page = ParseDriftPage(body);
    if (!page.ok()) return Named(page.status());
    return page;
  }

  // None: nothing is known of the link. Tables that it knows are taken out of `unknown`.
  StatusOr<std::optional<DriftView>> LoadView(const WatchedLink& link,
                                              const std::vector<TableName>& tables,
                                              std::vector<TableName>* unknown) {
    StatusOr<DriftPage> all = AskPage(PathOf(link.name, std::nullopt));
    if (absl::IsNotFound(all.status())) return std::nullopt;
    if (!all.ok()) return all.status();
    if (!all->known) return Named(absl::DataLossError("its first page does not say what is known"));
    DriftView view = *std::move(all->known);
    view.pair.link = link.name;
    if (tables.empty()) {
      view.rows = std::move(all->rows);
      return std::optional(std::move(view));
    }
    KeepTables(tables, &view);
    for (const TableName& table : tables) {
      // One row where none is wanted any more: whether the table is known is asked all the same.
      const size_t wanted = kRowsShown - view.rows.size();
      StatusOr<DriftPage> page = AskPage(PathOf(link.name, table, std::max<size_t>(wanted, 1)));
      if (absl::IsNotFound(page.status())) continue;
      if (!page.ok()) return page.status();
      std::erase(*unknown, table);
      if (page->rows.size() > wanted) page->rows.resize(wanted);
      view.rows.insert(view.rows.end(), page->rows.begin(), page->rows.end());
    }
    return std::optional(std::move(view));
  }

  app::AgentAddress agent_;
  std::vector<WatchedLink> links_;
};

}  // namespace

StatusOr<std::unique_ptr<DriftSource>> DriftOfAgent(const LinkOptions& links) {
  for (const auto& [name, value] : {std::pair{"--source", &links.source},
                                    {"--target", &links.target},
                                    {"--peer", &links.peer}}) {
    if (value->empty()) continue;
    return Error(absl::StatusCode::kInvalidArgument,
                 "{} does not go with --agent, which has clusters and a ledger of its own: leave "
                 "it out, and choose a link with --link",
                 name);
  }
  auto source = std::make_unique<AgentDrift>(links.Agent());
  RETURN_IF_ERROR(source->FindLinks(links.link));
  return source;
}

}  // namespace twinwatch::cli
