#include "probes/replication/rules/wal_places.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "probes/replication/wal_name.h"

namespace twinwatch {
namespace {

// Where the reader of a group is: in the newest WAL of which something was shipped, else at the
// beginning of the oldest.
void SetReaders(ServersWals* of_server) {
  for (const ServersWals::Wal& wal : of_server->wals) {
    const auto [it, is_first] =
        of_server->readers.emplace(wal.group, WalPlace{wal.begun_ms, wal.position});
    if (!is_first && wal.position > 0) it->second = {wal.begun_ms, wal.position};
  }
}

void Sort(ServersWals* of_server) {
  std::sort(of_server->wals.begin(), of_server->wals.end(), [](const auto& a, const auto& b) {
    return std::tie(a.group, a.begun_ms, a.name) < std::tie(b.group, b.begun_ms, b.name);
  });
  // Only the newest of a group is written to.
  for (size_t i = 0; i + 1 < of_server->wals.size(); ++i) {
    if (of_server->wals[i].group == of_server->wals[i + 1].group)
      of_server->wals[i].is_open = false;
  }
}

// The end of one WAL. None: there is nothing in it.
StatusOr<std::optional<WalPlace>> EndOf(const ServersWals::Wal& wal, const WalLengths& lengths) {
  const auto it = lengths.find(wal.name);
  if (it == lengths.end() || !it->second.ok()) {
    if (!wal.is_open) return WalPlace{wal.begun_ms, WalPlace::kItsEnd};
    return Error(absl::StatusCode::kUnavailable, "the length of WAL {} is not known: {}", wal.name,
                 it == lengths.end() ? "it was not measured" : Text(it->second.status()));
  }
  const WalFile& file = *it->second;
  if (wal.position > file.bytes) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "its position {} lies behind the end of WAL {} ({} bytes): that source is broken "
                 "(see HBASE-29987)",
                 wal.position, wal.name, file.bytes);
  }
  if (!wal.is_open && file.bytes == 0) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "WAL {} is closed and empty: whether edits were lost cannot be told", wal.name);
  }
  // Shorter than its header: nothing in it was ever synced.
  if (file.bytes <= file.header_bytes.value_or(0)) return std::nullopt;
  return WalPlace{wal.begun_ms, file.bytes};
}

}  // namespace

bool HavePassed(const WalPlaces& now, const WalPlaces& ends) {
  return std::all_of(ends.begin(), ends.end(), [&now](const auto& end) {
    const auto it = now.find(end.first);
    return it == now.end() || it->second >= end.second;
  });
}

StatusOr<WalPlaces> ServersWals::Ends(const WalLengths& lengths) const {
  WalPlaces ends;
  for (const Wal& wal : wals) {
    ASSIGN_OR_RETURN(const std::optional<WalPlace> end, EndOf(wal, lengths));
    if (end) ends[wal.group] = *end;  // the newest counts: it comes last
  }
  return ends;
}

std::map<ServerName, ServersWals> WalsByWriter(const QueueReading& reading) {
  std::map<ServerName, ServersWals> all;
  for (const WalQueue& queue : reading.queues) {
    for (const QueuedWal& queued : queue.wals) {
      const StatusOr<WalName> name = ParseWalName(queued.name);
      if (name.ok() && name->is_meta) continue;
      ServersWals::Wal wal;
      wal.name = queued.name;
      // A name that is not understood is a group of its own.
      wal.group = name.ok() ? name->group : queued.name;
      wal.begun_ms = name.ok() ? name->begun_ms : 0;
      wal.position = queued.position.value_or(0);
      wal.is_open = name.ok() && queue.IsOfLiveServer();
      all[name.ok() && name->server ? *name->server : queue.owner].wals.push_back(std::move(wal));
    }
  }
  for (auto& [server, of_server] : all) {
    Sort(&of_server);
    SetReaders(&of_server);
  }
  return all;
}

}  // namespace twinwatch
