// What a MapReduce job's client prints, line by line, to what is to be known of the job: Hadoop
// 2.10 to 3.4, through log4j 1 or 2. Lines are untrusted: the first job that is named counts, and
// only what is said of that one.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "probes/api/table_copy.h"

namespace twinwatch::copytable {

// The next `application_<digits>_<digits>` in `text`, empty when there is none.
std::string FindApplicationId(std::string_view text);

class JobOutput {
 public:
  // True when `progress` is another one.
  bool Take(std::string_view line);

  const CopyProgress& progress() const { return progress_; }
  const std::optional<uint64_t>& rows_read() const { return rows_read_; }
  bool completed() const { return completed_; }
  // Completed or failed: nothing of it runs any more.
  bool over() const { return completed_ || failed_; }
  // It runs in the client's own process.
  bool local() const { return local_; }
  // No job was handed over: whoever names it before that was heard, and has not named it.
  bool not_submitted() const { return speaks_ && job_.empty(); }

  // The errors among the last lines, else the last lines; for a message.
  std::string LastWords() const;

 private:
  void Name(std::string_view job);
  void Keep(std::string_view line);

  CopyProgress progress_;
  std::string job_;  // job_local123_0001, job_1700000000000_0001
  bool local_ = false;
  bool speaks_ = false;  // at INFO: the client's JobSubmitter, which names the job later
  bool completed_ = false;
  bool failed_ = false;
  std::optional<uint64_t> rows_read_;
  std::deque<std::string> errors_, last_;
};

}  // namespace twinwatch::copytable
