// Writes a verification into the ledger while it runs: what was found, what was judged to be the
// same, and the marks of its tables.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/app/request_text.h"
#include "agent/app/verify_run.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch::app {

struct RecordedRun {
  std::string id;
  ledger::Pair pair;
  ledger::RunKind kind = ledger::RunKind::kFull;
  ledger::Breadth breadth;
  std::string options;  // request_text.h, as is the next
  RunNote note;
  absl::Time begun;
  std::vector<TableName> tables;
  KeyRange range;
};

// Both clusters of a link, as the ledger knows them.
ledger::Pair PairOf(const ClusterInfo& source, const ClusterInfo& target, const Link& link);

// The run of a request over `plans`. The tables that bear another name on the target are left out:
// they are copies, and no twins of the pair.
RecordedRun ToRecordedRun(const VerifyRequest& request, const std::vector<TablePlan>& plans,
                          const ClusterInfo& source, const ClusterInfo& target, const Link& link,
                          std::string id, absl::Time begun);

class RunRecorder : public VerifyObserver {
 public:
  // `next` hears of everything too. Both must outlive it.
  static StatusOr<std::unique_ptr<RunRecorder>> Begin(ledger::Ledger* ledger, RecordedRun run,
                                                      VerifyObserver* next);

  // Goes on with a run that was broken off or left something undone: `run` is the same as then, its
  // tables those of the record.
  static StatusOr<std::unique_ptr<RunRecorder>> Resume(ledger::Ledger* ledger, RecordedRun run,
                                                       const ledger::RunRecord& record,
                                                       VerifyObserver* next);

  // What is done of a table by the run that is resumed; none when it is begun anew.
  std::shared_ptr<const TableProgress> ProgressOf(const TableName& table) const;
  // What that run has found and will not be told of again. In the order of tables and rows.
  Status VisitToldBefore(const std::function<void(const Finding&)>& visit) const;

  bool IsWaived(const TableName& table, std::string_view row, DriftClass drift_class) override;
  void OnFinding(const Finding& finding) override;
  void OnProgress(const TableName& table, double fraction, uint64_t rows,
                  std::string_view waiting) override;

  void OnCheckpoint(const TableProgress& progress) override;

  // The first error of any call; what came after it is not in the ledger.
  Status End(const VerifyResult& result);

 private:
  RunRecorder(ledger::Ledger* ledger, RecordedRun run, ledger::PairId pair, VerifyObserver* next)
      : ledger_(ledger), run_(std::move(run)), pair_(pair), next_(next) {}

  bool Records(const TableName& table) const;
  ledger::Sighting SightingNow() const;
  void Flush();
  Status WriteCauses(const VerifyResult& result);
  std::vector<ledger::TodoRange> ReadAgain(const TableName& table) const;
  Status EndTable(const TableResult& table, const VerifyResult& result);
  Status SetMarks(const TableResult& table, const VerifyResult& result);

  ledger::Ledger* ledger_;
  RecordedRun run_;
  ledger::PairId pair_;
  VerifyObserver* next_;
  std::map<TableName, std::shared_ptr<TableProgress>> resumed_;
  absl::Time resumed_at_ = absl::InfinitePast();
  std::vector<ledger::DriftFinding> pending_;
  Status error_;
};

}  // namespace twinwatch::app
