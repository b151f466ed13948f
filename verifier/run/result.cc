#include "verifier/run/result.h"

#include <algorithm>

namespace twinwatch {

Verdict TableResult::verdict() const {
  if (drift.Sum() > 0) return Verdict::kDrift;
  if (error || !unverified.empty() || suspects.Sum() > 0 || unknown_rows > 0)
    return Verdict::kUnknown;
  return Verdict::kSame;
}

Verdict VerifyResult::verdict() const {
  Verdict worst = tables.empty() ? Verdict::kUnknown : Verdict::kSame;
  for (const TableResult& table : tables) {
    if (table.verdict() == Verdict::kDrift) return Verdict::kDrift;
    if (table.verdict() == Verdict::kUnknown) worst = Verdict::kUnknown;
  }
  return worst;
}

std::string_view ToString(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSame:
      return "same";
    case Verdict::kDrift:
      return "drift";
    case Verdict::kUnknown:
      return "unknown";
  }
  return "unknown";
}

}  // namespace twinwatch
