#include "verifier/repair/assemble_ranges.h"

#include <algorithm>

namespace twinwatch {
namespace {

// Adds up what the rows of one range have in common.
class RangeMaker {
 public:
  RangeMaker(const TableName& table, RepairEngine engine) {
    range_.table = table;
    range_.engine = engine;
  }

  void Add(const RowToMend& row) {
    if (range_.drifted.empty()) range_.range.start = row.planned.row;
    range_.range.stop = NextKey(row.planned.row);
    families_.insert(row.families.begin(), row.families.end());
    written_.Include(row.written.oldest_ms);
    written_.Include(row.written.newest_ms);
    if (range_.engine == RepairEngine::kDirect) {
      ++range_.rows;
      range_.bytes += row.planned.bytes;
      range_.journal_bytes += row.planned.journal_bytes;
    }
    range_.drifted.push_back(row.planned);
  }

  PlannedRange Finish() {
    range_.families.assign(families_.begin(), families_.end());
    range_.since_ms = written_.oldest_ms;
    range_.until_ms = written_.newest_ms == UINT64_MAX ? UINT64_MAX : written_.newest_ms + 1;
    return std::move(range_);
  }

 private:
  PlannedRange range_;
  std::set<std::string> families_;
  TimestampSpan written_;
};

// Which region a row is in, counted from the first.
size_t RegionOf(const std::vector<std::string>& borders, const std::string& row) {
  return static_cast<size_t>(std::upper_bound(borders.begin(), borders.end(), row) -
                             borders.begin());
}

}  // namespace

std::vector<size_t> CopyableRows(const std::vector<RowToMend>& rows) {
  std::vector<size_t> places;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].only_direct) places.push_back(i);
  }
  return places;
}

void KeepApart(const std::vector<RowToMend>& rows, const std::set<std::string>& apart,
               std::vector<uint64_t>* rows_before) {
  const std::vector<size_t> copyable = CopyableRows(rows);
  for (size_t i = 1; i < copyable.size(); ++i) {
    const auto next = apart.upper_bound(rows[copyable[i - 1]].planned.row);
    if (next != apart.end() && *next < rows[copyable[i]].planned.row)
      rows_before->at(i) = kNeverBridged;
  }
}

std::vector<PlannedRange> AssembleRanges(const TableName& table, const std::vector<RowToMend>& rows,
                                         const std::vector<EngineSpan>& copied,
                                         const std::vector<std::string>& borders) {
  const std::vector<size_t> copyable = CopyableRows(rows);
  std::vector<PlannedRange> ranges;
  std::vector<bool> is_copied(rows.size(), false);
  for (const EngineSpan& span : copied) {
    if (span.engine != RepairEngine::kCopyTable) continue;
    RangeMaker maker(table, RepairEngine::kCopyTable);
    for (size_t i = span.first; i < span.end; ++i) {
      maker.Add(rows[copyable[i]]);
      is_copied[copyable[i]] = true;
    }
    ranges.push_back(maker.Finish());
  }
  std::optional<RangeMaker> direct;
  size_t region = 0;
  const auto end_direct = [&] {
    if (direct) ranges.push_back(direct->Finish());
    direct.reset();
  };
  for (size_t i = 0; i < rows.size(); ++i) {
    if (is_copied[i]) {
      end_direct();
      continue;
    }
    const size_t here = RegionOf(borders, rows[i].planned.row);
    if (direct && here != region) end_direct();
    region = here;
    if (!direct) direct.emplace(table, RepairEngine::kDirect);
    direct->Add(rows[i]);
  }
  end_direct();
  std::stable_sort(ranges.begin(), ranges.end(), [](const PlannedRange& a, const PlannedRange& b) {
    return a.range.start < b.range.start;
  });
  return ranges;
}

}  // namespace twinwatch
