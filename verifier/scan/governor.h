// How fast may be read: bytes and rows a second of each region server, and bytes of all together;
// less of a server whose answers become slow (scan_latency.h); nothing while it is told to pause.
//
// One for all streams of a verification, which ask it after each batch. It waits for nobody and has
// no clock: RowCursor does the waiting, in short pieces, so that what is changed here is heard by
// all of them within a second. Without limits it costs a look at a few flags for each batch.
#pragma once

#include <algorithm>
#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/core/server_name.h"
#include "agent/core/status.h"
#include "verifier/scan/scan_latency.h"
#include "verifier/scan/token_bucket.h"

namespace twinwatch {

// A second; 0 is unlimited.
struct GovernorLimits {
  uint64_t total_bytes = 0;   // of both sides; taken at its word, whatever servers answer
  uint64_t server_bytes = 0;  // of each region server, as is the next
  uint64_t server_rows = 0;

  bool operator==(const GovernorLimits&) const = default;
};

// Region servers of two clusters may bear the same name.
struct GovernedServer {
  std::string cluster;
  ServerName server;

  auto operator<=>(const GovernedServer&) const = default;
};

// One batch, as far as it counts.
struct ServerAnswer {
  GovernedServer from;
  uint64_t bytes = 0;
  uint64_t rows = 0;
  uint64_t cells = 0;
  std::chrono::microseconds answered_in{0};
  // Of whole rows. A scan that leaves out what is old takes its own time, and is measured apart.
  bool whole = true;
};

class Governor {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit Governor(GovernorLimits limits = {}) : limits_(limits) {}

  // Nothing limits, nothing pauses: nobody needs to tell or to ask.
  bool IsFree() const { return limits_ == GovernorLimits{} && !paused_ && status_.ok(); }

  // Books a batch; when the next may be asked for, as ReadyAt.
  TimePoint Took(const ServerAnswer& answer, TimePoint now);

  // When its server may be asked again: `now` unless a limit is exceeded. To be asked again before
  // that time has come, and during a pause, of which it says TimePoint::max().
  TimePoint ReadyAt(const GovernedServer& from, TimePoint now);

  // From now on; what was read too much before is paid back at the new rate.
  void SetLimits(GovernorLimits limits) { limits_ = limits; }
  const GovernorLimits& limits() const { return limits_; }
  // How large a batch may be asked for: a limit is kept in small steps, and a server whose rate is
  // limited is held up by each for a moment only, so that who reads beside us waits no longer.
  size_t BatchBytes() const;

  // Says why, for people.
  void Pause(std::string why) { paused_ = std::move(why); }
  void Resume() { paused_.reset(); }
  const std::optional<std::string>& paused() const { return paused_; }

  // Every scan ends with kCancelled, and what it has not read is unverified. `why` is for people.
  void Stop(std::string_view why = "the verification was stopped");
  // Another verification may use it, once the one that was stopped has ended.
  void Renew() { status_ = absl::OkStatus(); }
  // OK unless it is stopped.
  const Status& status() const { return status_; }

  // By all batches so far, of all verifications.
  uint64_t bytes_taken() const { return bytes_taken_; }

  // Of the rate that is allowed to a server, as its own slowness leaves it.
  double ShareOf(const GovernedServer& from) const;

 private:
  struct Server {
    TokenBucket bytes;
    TokenBucket rows;
    ScanLatency whole;
    ScanLatency parts;
    TimePoint asked_at{};

    double Share() const { return std::min(whole.share(), parts.share()); }
  };

  bool LimitsServers() const { return limits_.server_bytes > 0 || limits_.server_rows > 0; }
  Server& ServerOf(const GovernedServer& from);
  void SetRates(Server* server, TimePoint now) const;

  GovernorLimits limits_;
  TokenBucket total_;
  std::map<GovernedServer, Server> servers_;
  std::optional<std::string> paused_;
  uint64_t bytes_taken_ = 0;
  Status status_;
};

}  // namespace twinwatch
