// CopyTable between fake clusters: it reads when it runs and writes unconditionally, with the
// cells' own timestamps. Its fate is set by its public members.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "probes/api/table_copy.h"
#include "tests/fakes/fake_cluster.h"

namespace twinwatch::testing {

class FakeCopier : public TableCopier {
 public:
  enum class Fate {
    kDone,
    kFails,        // before it has written anything
    kDiesHalfWay,  // half of the rows are written
    kHangs,        // half of the rows, then it waits to be ended by deadline or observer
    kMayStillRun,  // the same, but it could not be seen to have ended: EndLeftOver does it
  };

  std::map<std::string, FakeCluster*> clusters;  // by cluster key; each must outlive this
  Fate fate = Fate::kDone;
  std::function<Fate(const CopyRequest&)> fate_of;  // instead, where it is set
  std::string application_id;                       // empty: the local runner
  std::function<void()> before_copy;                // may change the clusters
  Status left_over = absl::OkStatus();              // what EndLeftOver answers

  std::vector<CopyRequest> copies;
  std::vector<std::string> ended_tags;
  std::set<std::string> running_tags;  // of kMayStillRun

  Task<StatusOr<CopyOutcome>> Copy(CopyRequest request, Deadline deadline,
                                   CopyObserver* observer) override;
  Task<Status> EndLeftOver(std::string tag, Deadline deadline) override;
};

}  // namespace twinwatch::testing
