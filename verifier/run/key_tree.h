// Draws places in a table whose rows it does not know, so that how likely each place was is known.
//
// HBase has no "row number n", and a random key is no random row: it finds rows behind large gaps.
// So the keys are walked over as a tree (Knuth 1975): from the top, at each step one of a node's
// children is drawn by lot, until few rows are left. The product of those chances is the chance of
// the place, whatever the keys look like; a place that was unlikely stands for more rows (its
// mass). Children that were found to hold more rows are drawn more often from then on, which makes
// the masses alike and the sample worth more.
//
// Which children there are is asked of the table: some sixteen short scans a node, kept for later
// draws. Regions without rows on the source are walked over on the target.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "probes/api/cluster.h"
#include "verifier/run/sample.h"
#include "verifier/run/walk_range.h"

namespace twinwatch {

struct WeightedRange {
  KeyRange range;
  double weight = 1;  // rows it may hold, beside the others
};

class KeyTree {
 public:
  // The same pair, pieces and seed give the same places as long as the rows are the same.
  KeyTree(TablePair pair, std::vector<WeightedRange> pieces, uint64_t seed);

  // For the draws from now on. At most 64.
  void SetRowsOfAPlace(uint64_t rows) { rows_of_a_place_ = rows; }

  // A place of no more rows than was set (one, if nothing was) on the side it was found on; none
  // when it led to where no rows are. The same place may be drawn again. Places are parts of one
  // fixed division of all keys.
  Task<StatusOr<std::optional<Place>>> Draw();

  // The mean of what all draws say.
  double EstimatedRows() const {
    return root_.visits > 0 ? root_.estimates / static_cast<double>(root_.visits) : 0;
  }

 private:
  enum class Kind { kUnknown, kInner, kLeaf };

  struct Node {
    KeyRange range;
    size_t nibbles = 0;      // that all its keys have in common
    double weight = 1;       // beside its siblings, before anything is known of it
    bool on_target = false;  // the source has no rows here
    Kind kind = Kind::kUnknown;
    uint64_t rows = 0;              // of a leaf
    std::vector<std::string> keys;  // of a leaf, as long as there is room for them
    std::vector<Node> children;
    double estimates = 0;  // sum of what draws through it said of its rows
    uint64_t visits = 0;
  };
  struct Step {
    Node* node;
    double chance;  // of this child among its siblings
  };

  Task<Status> Expand(Node* node);
  Task<StatusOr<size_t>> BranchesAt(const Node* node, const std::vector<std::string>* keys);
  Task<Status> FindChildren(Node* node, std::vector<std::string> keys);
  // The first keys of a range, up to `limit`.
  Task<StatusOr<std::vector<std::string>>> Keys(bool on_target, KeyRange range, size_t limit);
  void MakeLeaf(Node* node, std::vector<std::string> keys);
  Step PickChild(Node* node);
  Place PickPlace(Node* leaf);
  void Learn(const std::vector<Step>& path, double rows);
  void Forget(Node* node, bool nodes_too);
  void ForgetWhatIsTooMuch();

  TablePair pair_;
  uint64_t rows_of_a_place_ = 1;
  Random random_;
  Node root_;
  size_t key_bytes_ = 0;
  size_t nodes_ = 0;
};

}  // namespace twinwatch
