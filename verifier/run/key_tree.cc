#include "verifier/run/key_tree.h"

#include <algorithm>
#include <utility>

#include "verifier/run/key_nibbles.h"

namespace twinwatch {
namespace {

constexpr uint64_t kLeafRows = 64;
// Memory: keys of leaves and nodes, after which those are forgotten that can be found again.
constexpr size_t kMaxKeyBytes = size_t{4} << 20;
constexpr size_t kMaxNodes = 30'000;
// This share of the draws does not trust what was learned: nothing is left out for good.
constexpr double kExplore = 0.1;

}  // namespace

KeyTree::KeyTree(TablePair pair, std::vector<WeightedRange> pieces, uint64_t seed)
    : pair_(std::move(pair)), random_(seed) {
  root_.kind = Kind::kInner;
  for (WeightedRange& piece : pieces) {
    Node& node = root_.children.emplace_back();
    node.range = std::move(piece.range);
    node.weight = piece.weight;
  }
}

Task<StatusOr<std::optional<Place>>> KeyTree::Draw() {
  if (root_.children.empty()) co_return std::nullopt;
  ForgetWhatIsTooMuch();
  std::vector<Step> path{{&root_, 1}};
  double chance = 1;
  while (true) {
    Node* node = path.back().node;
    if (node->kind == Kind::kUnknown) CO_RETURN_IF_ERROR(co_await Expand(node));
    if (node->kind == Kind::kLeaf) break;
    path.push_back(PickChild(node));
    chance *= path.back().chance;
  }
  Node* leaf = path.back().node;
  Learn(path, static_cast<double>(leaf->rows));
  if (leaf->rows == 0) co_return std::nullopt;
  if (leaf->keys.empty()) {
    CO_ASSIGN_OR_RETURN(std::vector<std::string> keys,
                        co_await Keys(leaf->on_target, leaf->range, kLeafRows));
    if (keys.empty()) co_return std::nullopt;  // deleted since
    MakeLeaf(leaf, std::move(keys));
  }
  Place place = PickPlace(leaf);
  place.mass = static_cast<double>(leaf->rows) / chance;
  co_return place;
}

Task<Status> KeyTree::Expand(Node* node) {
  CO_ASSIGN_OR_RETURN(std::vector<std::string> keys,
                      co_await Keys(node->on_target, node->range, kLeafRows + 1));
  if (keys.empty() && !node->on_target) {
    node->on_target = true;
    CO_ASSIGN_OR_RETURN(keys, co_await Keys(true, node->range, kLeafRows + 1));
  }
  if (keys.size() <= kLeafRows) {
    MakeLeaf(node, std::move(keys));
    co_return absl::OkStatus();
  }
  CO_ASSIGN_OR_RETURN(node->nibbles, co_await BranchesAt(node, &keys));
  co_return co_await FindChildren(node, std::move(keys));
}

// The fewest nibbles behind which not all keys of the node go on alike. `keys` are its first ones.
Task<StatusOr<size_t>> KeyTree::BranchesAt(const Node* node, const std::vector<std::string>* keys) {
  size_t low = node->nibbles;
  size_t high = CommonNibbles(keys->front(), keys->back());
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const std::optional<std::string> behind = FirstBehind(keys->front(), middle + 1);
    bool branches = false;
    if (behind && node->range.Contains(*behind)) {
      const KeyRange rest{*behind, node->range.stop};
      CO_ASSIGN_OR_RETURN(const std::vector<std::string> more,
                          co_await Keys(node->on_target, rest, 1));
      branches = !more.empty();
    }
    if (branches) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  co_return low;
}

// `keys` are the first ones of the node; more of them are read behind each child that they do not
// hold whole.
Task<Status> KeyTree::FindChildren(Node* node, std::vector<std::string> keys) {
  const size_t nibbles = node->nibbles + 1;
  std::vector<Node> children;
  bool more = true;  // there may be keys behind these
  size_t at = 0;
  while (at < keys.size()) {
    size_t end = at + 1;
    while (end < keys.size() && SameNibbles(keys[at], keys[end], nibbles)) ++end;
    Node& child = children.emplace_back();
    child.range.start = children.size() == 1 ? node->range.start : FirstWith(keys[at], nibbles);
    child.nibbles = std::min(nibbles, 2 * keys[at].size());
    child.on_target = node->on_target;
    const std::optional<std::string> behind = FirstBehind(keys[at], nibbles);
    const bool whole = end < keys.size() || !more;
    if (whole && end - at <= kLeafRows) {
      const auto first = keys.begin() + static_cast<std::ptrdiff_t>(at);
      const auto last = keys.begin() + static_cast<std::ptrdiff_t>(end);
      MakeLeaf(&child, {std::make_move_iterator(first), std::make_move_iterator(last)});
    }
    at = end;
    if (at < keys.size() || !more) continue;
    keys.clear();
    at = 0;
    if (!behind || !node->range.Contains(*behind)) break;
    const KeyRange rest{*behind, node->range.stop};
    CO_ASSIGN_OR_RETURN(keys, co_await Keys(node->on_target, rest, kLeafRows + 1));
    more = keys.size() > kLeafRows;
  }
  for (size_t i = 0; i < children.size(); ++i) {
    children[i].range.stop =
        i + 1 < children.size() ? children[i + 1].range.start : node->range.stop;
  }
  nodes_ += children.size();
  node->children = std::move(children);
  node->kind = Kind::kInner;
  co_return absl::OkStatus();
}

Task<StatusOr<std::vector<std::string>>> KeyTree::Keys(bool on_target, KeyRange range,
                                                       size_t limit) {
  ScanSpec spec =
      on_target ? pair_.TargetScan(std::move(range)) : pair_.SourceScan(std::move(range));
  spec.max_versions = 1;
  spec.first_cell_only = true;
  spec.limit_rows = static_cast<uint32_t>(limit);
  const std::unique_ptr<RowScanner> scanner = (on_target ? pair_.target : pair_.source)->Scan(spec);
  std::vector<std::string> keys;
  for (bool last = false; !last && keys.size() < limit;) {
    CO_ASSIGN_OR_RETURN(const CellBatch batch, co_await scanner->Next());
    for (const RowPiece& piece : batch.pieces) {
      const bool again = !keys.empty() && keys.back() == piece.row;
      if (piece.ends && !again && keys.size() < limit) keys.emplace_back(piece.row);
    }
    last = batch.last;
  }
  co_return keys;
}

void KeyTree::MakeLeaf(Node* node, std::vector<std::string> keys) {
  node->kind = Kind::kLeaf;
  node->rows = keys.size();
  for (const std::string& key : keys) key_bytes_ += sizeof(key) + key.capacity();
  node->keys = std::move(keys);
}

// A leaf by its rows; the others by what was learned, or, as long as nothing was, by their weight
// beside what is known of their siblings.
KeyTree::Step KeyTree::PickChild(Node* node) {
  double known_rows = 0;
  double known_weight = 0;
  double open_weight = 0;
  for (const Node& child : node->children) {
    const bool leaf = child.kind == Kind::kLeaf;
    if (!leaf) open_weight += child.weight;
    if (!leaf && child.visits == 0) continue;
    known_rows += leaf ? static_cast<double>(child.rows)
                       : child.estimates / static_cast<double>(child.visits);
    known_weight += child.weight;
  }
  const double ratio = known_weight > 0 ? known_rows / known_weight : 1;
  std::vector<double> expected;
  double open_rows = 0;
  for (const Node& child : node->children) {
    if (child.kind == Kind::kLeaf) {
      expected.push_back(static_cast<double>(child.rows));
      continue;
    }
    const double prior = std::max(static_cast<double>(2 * kLeafRows), ratio * child.weight);
    expected.push_back((child.estimates + prior) / static_cast<double>(child.visits + 1));
    open_rows += expected.back();
  }
  double sum = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const Node& child = node->children[i];
    if (child.kind != Kind::kLeaf) {
      expected[i] =
          (1 - kExplore) * expected[i] + kExplore * open_rows * child.weight / open_weight;
    }
    sum += expected[i];
  }
  // Where no child has rows, any will do.
  if (sum <= 0) return {&node->children.front(), 1};
  double ticket = random_.Unit() * sum;
  size_t picked = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] <= 0) continue;
    picked = i;
    if (ticket < expected[i]) break;
    ticket -= expected[i];
  }
  return {&node->children[picked], expected[picked] / sum};
}

// The run in which a row drawn by lot lies. Runs divide the leaf's keys, gaps and all.
Place KeyTree::PickPlace(Node* leaf) {
  const size_t rows = leaf->keys.size();
  const size_t row =
      std::min(rows - 1, static_cast<size_t>(random_.Unit() * static_cast<double>(rows)));
  const size_t first = row / rows_of_a_place_ * rows_of_a_place_;
  const size_t end = std::min<size_t>(first + rows_of_a_place_, rows);
  Place place;
  place.rows = end - first;
  place.range.start = first == 0 ? leaf->range.start : leaf->keys[first];
  place.range.stop = end == rows ? leaf->range.stop : leaf->keys[end];
  return place;
}

void KeyTree::Learn(const std::vector<Step>& path, double rows) {
  double estimate = rows;
  for (size_t i = path.size(); i-- > 0;) {
    path[i].node->estimates += estimate;
    ++path[i].node->visits;
    estimate /= path[i].chance;
  }
}

void KeyTree::Forget(Node* node, bool nodes_too) {
  node->keys = {};
  for (Node& child : node->children) Forget(&child, nodes_too);
  if (nodes_too && node != &root_ && node->visits < 3 && node->kind == Kind::kInner) {
    nodes_ -= node->children.size();
    node->children = {};
    node->kind = Kind::kUnknown;
  }
}

void KeyTree::ForgetWhatIsTooMuch() {
  if (key_bytes_ <= kMaxKeyBytes && nodes_ <= kMaxNodes) return;
  Forget(&root_, nodes_ > kMaxNodes);
  key_bytes_ = 0;
}

}  // namespace twinwatch
