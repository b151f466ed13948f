// What happened to a link's peer and its WALs: noted in the ledger when it is seen, and recalled
// when rows that differ are to be explained.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <vector>

#include "probes/api/cluster.h"
#include "verifier/cause/cause.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch::app {

// Empty where nothing is remembered: then it supports no cause.
struct LinkHistory {
  std::vector<PeerObservation> peer;  // oldest first
  std::optional<absl::Time> peer_created;
  std::vector<LostWal> lost_wals;
};

// Of a peer that is `enabled` or not, as seen at `seen`. It is so since its znode was changed,
// where that znode says the same; else since it was seen.
ledger::PeerChange StateOf(bool enabled, const QueueReading& queues, absl::Time seen);

// WALs of these queues that were found missing at `seen`, with what their names and their
// successors' say. A name that is none of a WAL's is left out.
std::vector<ledger::MissingWal> Described(const std::vector<std::string>& missing,
                                          const QueueReading& queues, absl::Time seen);

// Notes the peer as it is now and returns what is known of it. Without its znodes its creation is
// not known. Errors are the ledger's.
Task<StatusOr<LinkHistory>> NoteAndRecall(ledger::Ledger* ledger, std::string source_id,
                                          Cluster* source, Peer peer);

}  // namespace twinwatch::app
