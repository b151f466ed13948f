// Where the readers of a peer's WALs are, and where they must come to. No I/O.
//
// WALs are told apart by who wrote them, whoever reads them now: a dead server's queue moves, its
// WALs keep their names. Of one group a source reads WAL after WAL, so one place says it all.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>

#include "agent/core/server_name.h"
#include "agent/core/status.h"
#include "probes/replication/link_reading.h"

namespace twinwatch {

struct WalPlace {
  static constexpr uint64_t kItsEnd = UINT64_MAX;  // the WAL has to leave its queue

  int64_t begun_ms = 0;   // which WAL of its group
  uint64_t position = 0;  // all before it is on the target

  auto operator<=>(const WalPlace&) const = default;
};

// By group. A group that is not there has nothing queued.
using WalPlaces = std::map<std::string, WalPlace>;

// Whether readers that are at `now` have passed `ends`.
bool HavePassed(const WalPlaces& now, const WalPlaces& ends);

// What one server has written that is queued still.
struct ServersWals {
  struct Wal {
    std::string name;
    std::string group;
    int64_t begun_ms = 0;
    uint64_t position = 0;
    bool is_open = false;  // the newest of its group, of a server that lives
  };
  std::vector<Wal> wals;  // by group, then by age
  WalPlaces readers;

  // What has to be passed so that everything in them is on the target, as they were when `lengths`
  // were measured. Errors say why that is not known: the length of a WAL that is written to, a
  // closed WAL of no bytes, a position behind the end.
  StatusOr<WalPlaces> Ends(const WalLengths& lengths) const;
};

// By who wrote them. WALs of hbase:meta are left out: they are never replicated.
std::map<ServerName, ServersWals> WalsByWriter(const QueueReading& reading);

}  // namespace twinwatch
