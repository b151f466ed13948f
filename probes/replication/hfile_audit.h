// The bulk-loaded files that wait for a peer, looked at now and then: which refs were leaked, and
// whether the files of the others exist.
//
// A turn of it costs ZooKeeper one list and a read for each new ref, and the file system a list for
// each folder in which files were found before. All folders are searched for new files only, and
// for those that are gone, now and then, in case they were put back.
#pragma once

#include <absl/time/time.h>

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "probes/api/cluster.h"
#include "probes/api/folders.h"
#include "probes/replication/link_status.h"
#include "probes/replication/rules/hfile_refs.h"

namespace twinwatch {

struct HFileAuditParts {
  Cluster* source = nullptr;   // must outlive the audit, as must the folders
  Folders* folders = nullptr;  // null: nobody can be asked
  std::string why_no_folders;
  Peer peer;
  absl::Duration settle = kRefsSettle;
  // A file is moved to its place after its ref was made, and may be looked for then.
  absl::Duration young = absl::Minutes(1);
  absl::Duration apart = absl::Minutes(1);  // see MissingHFiles
  size_t folders_a_turn = 2000;
  std::chrono::milliseconds for_refs{20'000};
  std::chrono::milliseconds for_folders{60'000};
};

class HFileAudit {
 public:
  explicit HFileAudit(HFileAuditParts parts) : parts_(std::move(parts)), missing_(parts_.apart) {}

  // Looks once more. What could not be learnt is unknown, with the reason.
  Task<void> Turn(std::optional<absl::Time> watermark, absl::Time now);

  const HFileFindings& findings() const { return findings_; }

 private:
  Task<Status> Audit(std::optional<absl::Time> watermark, absl::Time now);
  // Returns those that were found now.
  Task<std::set<std::string>> LookFor(std::set<std::string> wanted, absl::Time now);
  // What must not be forgotten until the next turn.
  void Keep(const HFileRefs& refs);

  HFileAuditParts parts_;
  HFileRefTimes times_;
  std::map<std::string, std::string> places_;  // of files that were found
  MissingHFiles missing_;
  absl::Time search_at_ = absl::InfinitePast();   // not before: the last one was in vain
  absl::Time recheck_at_ = absl::InfinitePast();  // files that are gone
  std::string why_not_found_;
  HFileFindings findings_;
};

}  // namespace twinwatch
