// Writes a verification into the ledger while it runs: what was found, what was judged to be the
// same, and the marks of its tables.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/app/verify_run.h"
#include "exporters/snapshot.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch::app {

struct RecordedRun {
  std::string id;
  ledger::Pair pair;
  ledger::RunKind kind = ledger::RunKind::kFull;
  ledger::Breadth breadth;
  absl::Time started;
  std::vector<TableName> tables;
  KeyRange range;
};

// Both clusters of a link, as the ledger knows them.
ledger::Pair PairOf(const ClusterInfo& source, const ClusterInfo& target, const Link& link);

// The run of a request over `plans`. The tables that bear another name on the target are left out:
// they are copies, and no twins of the pair.
RecordedRun ToRecordedRun(const VerifyRequest& request, const std::vector<TablePlan>& plans,
                          const ClusterInfo& source, const ClusterInfo& target, const Link& link,
                          std::string id, absl::Time started);

// What the ledger knows of each table of a pair, as status and metrics show it.
StatusOr<std::map<TableName, TableMarks>> MarksOf(ledger::Ledger* ledger, ledger::PairId pair);

class RunRecorder : public VerifyObserver {
 public:
  // `next` hears of everything too. Both must outlive it.
  static StatusOr<std::unique_ptr<RunRecorder>> Begin(ledger::Ledger* ledger, RecordedRun run,
                                                      VerifyObserver* next);

  bool IsWaived(const TableName& table, std::string_view row, DriftClass drift_class) override;
  void OnFinding(const Finding& finding) override;
  void OnProgress(const TableName& table, double fraction, uint64_t rows,
                  std::string_view waiting) override;

  // The first error of any call; what came after it is not in the ledger.
  Status End(const VerifyResult& result);

 private:
  RunRecorder(ledger::Ledger* ledger, RecordedRun run, ledger::PairId pair, VerifyObserver* next)
      : ledger_(ledger), run_(std::move(run)), pair_(pair), next_(next) {}

  bool Records(const TableName& table) const;
  ledger::Sighting SightingNow() const;
  void Pend(const Finding& finding);
  void Flush();
  void TakeCauses(const VerifyResult& result);
  Status EndTable(const TableResult& table, const VerifyResult& result);
  Status SetMarks(const TableResult& table, const VerifyResult& result);

  ledger::Ledger* ledger_;
  RecordedRun run_;
  ledger::PairId pair_;
  VerifyObserver* next_;
  std::vector<ledger::DriftFinding> pending_;
  Status error_;
};

}  // namespace twinwatch::app
