// How it was proven that replication had passed.
#pragma once

#include <optional>
#include <string_view>

namespace twinwatch {

// The strongest first.
enum class BarrierKind {
  kPositionAndHeartbeat,  // positions, after a SYNC_WAL write on every source server
  kPosition,              // positions alone: blind for ASYNC_WAL edits that were not synced yet
  kHeartbeats,            // two rounds of heartbeats, where the lengths of WALs cannot be read
};

// As users meet it: position+heartbeat, position, heartbeats.
constexpr std::string_view ToString(BarrierKind kind) {
  switch (kind) {
    case BarrierKind::kPositionAndHeartbeat:
      return "position+heartbeat";
    case BarrierKind::kPosition:
      return "position";
    case BarrierKind::kHeartbeats:
      break;
  }
  return "heartbeats";
}

constexpr std::optional<BarrierKind> ParseBarrierKind(std::string_view text) {
  for (const BarrierKind kind :
       {BarrierKind::kPositionAndHeartbeat, BarrierKind::kPosition, BarrierKind::kHeartbeats}) {
    if (text == ToString(kind)) return kind;
  }
  return std::nullopt;
}

}  // namespace twinwatch
