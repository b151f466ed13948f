// `twinwatch jobs` and `twinwatch throttle` in a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporters/job.h"
#include "exporters/nagios.h"

namespace twinwatch {

std::string DoneText(const Job& job);             // 37 %; ? where it is not known
std::string RateText(uint64_t bytes_per_second);  // 20.0 MB/s

// A block a link: its jobs, why some do not run, what to type next, and the verdict last. `hint`
// are the options to be typed again.
std::string JobsText(const std::vector<Job>& jobs, std::string_view hint, bool colour);
// All that is known of one.
std::string JobText(const Job& job, std::string_view hint, bool colour);
// Critical where the last job of a kind that ended on a link has failed, a warning where one is
// held by an operator or waits for one.
NagiosAnswer JobsNagios(const std::vector<Job>& jobs);
std::string ThrottleText(const std::vector<LinkRate>& rates, std::string_view hint);

}  // namespace twinwatch
