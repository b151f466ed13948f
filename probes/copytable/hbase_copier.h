// CopyTable run by HBase's own launcher: with the local job runner or on YARN, as the configuration
// of that command says. `<log folder>/copytable-<tag>.log` has all that a copy printed.
#pragma once

#include <string>
#include <vector>

#include "probes/api/table_copy.h"
#include "probes/process/child.h"

namespace twinwatch::copytable {

class HBaseCopier : public TableCopier {
 public:
  // `hbase_command`: words separated by blanks, "hbase" or "sudo -u hbase /opt/hbase/bin/hbase"; no
  // shell looks at them. A launcher that does not exec java leaves it behind when we are killed.
  HBaseCopier(std::string_view hbase_command, std::string log_folder);

  Task<StatusOr<CopyOutcome>> Copy(CopyRequest request, Deadline deadline,
                                   CopyObserver* observer) override;
  Task<Status> EndLeftOver(std::string tag, Deadline deadline) override;

 private:
  process::Program Launcher() const;
  std::string LogPath(std::string_view tag) const;

  std::vector<std::string> command_;
  std::string log_folder_;
};

}  // namespace twinwatch::copytable
