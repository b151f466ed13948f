#include "verifier/confirm/row_print.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace twinwatch {
namespace {

// Mixes a number into a running hash (the finalizer of splitmix64).
uint64_t Mix(uint64_t hash, uint64_t value) {
  uint64_t x = hash + 0x9E3779B97F4A7C15 + value;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

}  // namespace

void RowPrinter::Start() {
  columns_.clear();
  puts_.name.clear();
  markers_.name.clear();
}

void RowPrinter::Add(const CellView& cell) {
  Running& running = IsDeleteMarker(cell) ? markers_ : puts_;
  key_.assign(1, static_cast<char>(cell.family.size()));
  key_.append(cell.family).append(cell.qualifier);
  if (running.name != key_) {
    EndColumn(&running);
    running.name = key_;
    running.print = ColumnPrint{};
    running.print.markers = IsDeleteMarker(cell);
    running.print.column = Mix(std::hash<std::string>()(key_), running.print.markers);
    running.values.Start("");
  }
  running.print.shape =
      Mix(Mix(running.print.shape, cell.timestamp_ms), static_cast<uint8_t>(cell.type));
  running.print.timestamps.Include(cell.timestamp_ms);
  running.values.Add(cell);
}

void RowPrinter::EndColumn(Running* running) {
  if (running->name.empty()) return;
  running->print.values = running->values.Finish().low;
  columns_.push_back(running->print);
  running->name.clear();
  if (columns_.size() > max_columns_) Collapse();
}

// One column that stands for all: the row is then judged as a whole. Both sides come to it by the
// same columns in the same order, so equal rows collapse to equal prints.
void RowPrinter::Collapse() {
  ColumnPrint all;
  for (const ColumnPrint& column : columns_) {
    all.shape = Mix(Mix(all.shape, column.column), column.shape);
    all.values = Mix(all.values, column.values);
    all.timestamps.Include(column.timestamps.oldest_ms);
    all.timestamps.Include(column.timestamps.newest_ms);
  }
  columns_.assign(1, all);
}

RowPrint RowPrinter::Finish() {
  EndColumn(&puts_);
  EndColumn(&markers_);
  std::sort(columns_.begin(), columns_.end(),
            [](const ColumnPrint& a, const ColumnPrint& b) { return a.column < b.column; });
  RowPrint print(columns_);  // of the exact size
  columns_.clear();
  return print;
}

}  // namespace twinwatch
