#include "verifier/ledger/records.h"

#include <array>

namespace twinwatch::ledger {
namespace {

constexpr std::array kStates = {DriftState::kSuspected, DriftState::kConfirmed,
                                DriftState::kPlanned,   DriftState::kRepaired,
                                DriftState::kRechecked, DriftState::kWaived};
constexpr std::array kClasses = {DriftClass::kMissing, DriftClass::kExtra, DriftClass::kValue,
                                 DriftClass::kCells, DriftClass::kMarks};
constexpr std::array kKinds = {RunKind::kFull, RunKind::kRange, RunKind::kSince, RunKind::kSample,
                               RunKind::kIncremental};
constexpr std::array kPeerStates = {PeerState::kEnabled, PeerState::kDisabled, PeerState::kRemoved};

template <typename Values>
std::optional<typename Values::value_type> Named(const Values& values, std::string_view text) {
  for (const auto value : values) {
    if (ToString(value) == text) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view ToString(DriftState state) {
  switch (state) {
    case DriftState::kSuspected:
      return "suspected";
    case DriftState::kConfirmed:
      return "confirmed";
    case DriftState::kPlanned:
      return "planned";
    case DriftState::kRepaired:
      return "repaired";
    case DriftState::kRechecked:
      return "rechecked";
    case DriftState::kWaived:
      break;
  }
  return "waived";
}

std::string_view ToString(RunKind kind) {
  switch (kind) {
    case RunKind::kFull:
      return "full";
    case RunKind::kRange:
      return "range";
    case RunKind::kSince:
      return "since";
    case RunKind::kSample:
      return "sample";
    case RunKind::kIncremental:
      break;
  }
  return "incremental";
}

std::string_view ToString(PeerState state) {
  switch (state) {
    case PeerState::kEnabled:
      return "enabled";
    case PeerState::kDisabled:
      return "disabled";
    case PeerState::kRemoved:
      break;
  }
  return "removed";
}

std::optional<DriftState> ParseDriftState(std::string_view text) { return Named(kStates, text); }
std::optional<DriftClass> ParseDriftClass(std::string_view text) { return Named(kClasses, text); }
std::optional<RunKind> ParseRunKind(std::string_view text) { return Named(kKinds, text); }
std::optional<PeerState> ParsePeerState(std::string_view text) { return Named(kPeerStates, text); }

}  // namespace twinwatch::ledger
