// From a CopyRequest to the words of CopyTable's command line (2.4, 2.5, 2.6).
//
// Nothing depends on the configuration that the command happens to have: both clusters are named,
// how they are found is, and no task is run twice at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/core/status.h"
#include "probes/api/table_copy.h"

namespace twinwatch::copytable {

inline constexpr std::string_view kCopyTableClass = "org.apache.hadoop.hbase.mapreduce.CopyTable";

// The class and its arguments. kInvalidArgument, with the reason, for what the options cannot say:
// a range or time span in which nothing can lie, names that are not plain ASCII or have a separator
// in them, a key too long for a command line, a table onto itself.
StatusOr<std::vector<std::string>> CopyArguments(const CopyRequest& request);

// What Bytes.toBytesBinary turns back into these bytes. Only letters, digits and `_.-` stay as they
// are, so that a launcher's careless quoting does no harm either.
std::string EscapeKey(std::string_view key);

// The argument by which a job, and the processes that hold its command line, can be told.
std::string TagArgument(std::string_view tag);

Status CheckTag(std::string_view tag);

}  // namespace twinwatch::copytable
