// A scanner that answers anything: the rows that come out ascend, are inside the range, and each is
// seen to its end once.
#include <fuzzer/FuzzedDataProvider.h>

#include <list>
#include <optional>
#include <string>
#include <vector>

#include "probes/hbase/scan_state.h"
#include "tests/fuzz/fuzz.h"

using namespace twinwatch;

namespace {

// Few letters, so that rows meet.
std::string RandomKey(FuzzedDataProvider* random) {
  std::string key;
  for (int n = random->ConsumeIntegralInRange<int>(0, 3); n > 0; --n) {
    key.push_back(random->PickValueInArray({'a', 'b', 'c', '\0', '\xff'}));
  }
  return key;
}

struct RandomAnswer {
  hbase::ScanAnswer answer;
  std::list<std::string> rows;
  std::vector<CellView> cells;
};

std::optional<bool> MaybeBool(FuzzedDataProvider* random) {
  if (random->ConsumeBool()) return std::nullopt;
  return random->ConsumeBool();
}

RandomAnswer NextAnswer(FuzzedDataProvider* random) {
  RandomAnswer out;
  for (int n = random->ConsumeIntegralInRange<int>(0, 4); n > 0; --n) {
    const std::string& row = out.rows.emplace_back(RandomKey(random));
    const uint32_t count = random->ConsumeIntegralInRange<uint32_t>(0, 3);
    CellView cell;
    cell.row = row;
    out.cells.insert(out.cells.end(), count, cell);
    out.answer.cells_per_result.push_back(random->ConsumeIntegral<uint8_t>() == 0 ? count + 1
                                                                                  : count);
    if (random->ConsumeBool()) out.answer.partial.push_back(random->ConsumeBool());
  }
  out.answer.more_results = MaybeBool(random);
  out.answer.more_results_in_region = MaybeBool(random);
  out.answer.heartbeat = random->ConsumeBool();
  return out;
}

// What a consumer of the pieces believes.
class Consumer {
 public:
  explicit Consumer(KeyRange range) : range_(std::move(range)) {}

  void Take(const RowPiece& piece, size_t cells) {
    fuzz::Require(piece.first_cell <= piece.end_cell && piece.end_cell <= cells,
                  "pieces lie in the batch");
    fuzz::Require(range_.Contains(piece.row), "rows are inside the range");
    fuzz::Require(!ended_ || piece.row > *ended_, "rows ascend, and each ends once");
    if (!piece.starts) fuzz::Require(open_ && *open_ == piece.row, "only a row that began goes on");
    if (piece.starts) fuzz::Require(!open_ || lost_, "a row that began ends before the next");
    lost_ = false;
    open_ = std::string(piece.row);
    if (piece.ends) ended_ = std::exchange(open_, std::nullopt);
  }

  void OnLost() { lost_ = true; }

 private:
  KeyRange range_;
  std::optional<std::string> open_;
  std::optional<std::string> ended_;
  bool lost_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzedDataProvider random(data, size);
  KeyRange range;
  range.start = RandomKey(&random);
  range.stop = RandomKey(&random);
  hbase::ScanState state(range);
  Consumer consumer(range);
  while (random.remaining_bytes() > 0) {
    const std::string resume_before = state.resume_row();
    const RandomAnswer answer = NextAnswer(&random);
    std::vector<RowPiece> pieces;
    std::string carried_row;
    const StatusOr<hbase::ScanStep> step =
        state.OnAnswer(answer.answer, answer.cells, RandomKey(&random), &pieces, &carried_row);
    if (step.ok()) {
      for (const RowPiece& piece : pieces) consumer.Take(piece, answer.cells.size());
      fuzz::Require(state.resume_row() >= resume_before, "the scan does not go back");
      if (*step == hbase::ScanStep::kDone) return 0;
    }
    if (!step.ok() || random.ConsumeIntegral<uint8_t>() < 16) {
      state.OnLost();
      consumer.OnLost();
    }
  }
  return 0;
}
