// Looks at the queues of one link, again and again over the same connections: each two looks make a
// snapshot. What the ledger remembers of the link is read along.
#pragma once

#include <absl/time/time.h>

#include <memory>
#include <optional>
#include <string>

#include "agent/app/link.h"
#include "exporters/snapshot.h"
#include "probes/api/async.h"
#include "probes/replication/hfile_audit.h"
#include "probes/replication/link_reading.h"

namespace twinwatch::cli {

class LinkLooker {
 public:
  LinkLooker(Executor executor, app::LinkSpec spec, absl::Duration apart, std::string ledger_path)
      : executor_(std::move(executor)),
        spec_(std::move(spec)),
        apart_(apart),
        ledger_path_(std::move(ledger_path)) {}

  // At first two looks, `apart`; after that one more, held against the last one. After an error,
  // which names the link, everything begins anew.
  Task<StatusOr<LinkSnapshot>> Look();

  // Why the last snapshot has no tables although there is a ledger; OK where it has.
  const Status& forgotten() const { return forgotten_; }

 private:
  Task<Status> Begin();
  Task<StatusOr<LinkSnapshot>> LookOn();
  std::optional<absl::Time> Watermark(const QueueReading& queues) const;

  Executor executor_;
  app::LinkSpec spec_;
  absl::Duration apart_;
  std::string ledger_path_;
  Status forgotten_;
  std::unique_ptr<app::Link> link_;
  std::unique_ptr<HFileAudit> hfiles_;  // of `link_`
  std::string source_id_;
  std::optional<LinkReading> last_;  // none: it has not begun
};

}  // namespace twinwatch::cli
