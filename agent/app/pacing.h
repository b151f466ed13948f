// How fast one link's tables are compared, and when not: `verify.rate`, `.window` and `.max_lag`
// put into the governors of its passes. Pauses are logged when they begin and when they end. No
// clock, no I/O.
//
// There are two passes: while a full one waits for its window, or an operator holds it, an
// incremental one may run; and the other way round.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>

#include "agent/app/config.h"
#include "agent/app/daily_window.h"
#include "exporters/job.h"
#include "verifier/scan/governor.h"

namespace twinwatch::app {

// A row is taken for a hundred bytes at least: servers serve rows, not bytes alone.
GovernorLimits LimitsOf(uint64_t server_bytes_per_second);

class Pacing {
 public:
  Pacing(std::string link, const VerifyConfig& config, absl::TimeZone zone);

  // For what runs, too. Bytes a second of each region server.
  void SetRate(uint64_t server_bytes_per_second);
  // For good; what runs ends within a second.
  void Stop();
  bool stopped() const { return stopped_; }

  // The governor of a pass that begins, or paused already.
  Governor* BeginFull() { return Begin(&full_); }
  Governor* BeginIncremental() { return Begin(&incremental_); }
  void EndFull() { End(&full_); }
  void EndIncremental() { End(&incremental_); }

  // An operator's pause, whatever window and lag say, until LetGo or the end of the pass. `why` is
  // for people. Of a pass that runs.
  void Hold(JobKind kind, std::string why, absl::Time now);
  void LetGo(JobKind kind, absl::Time now);
  bool IsHeld(JobKind kind) const { return PassOf(kind).held.has_value(); }
  // The pass ends within a second; the next of its kind is free to run.
  void Cancel(JobKind kind, std::string_view why);
  bool IsCancelled(JobKind kind) const { return PassOf(kind).cancelled; }
  const Governor& governor(JobKind kind) const { return PassOf(kind).governor; }

  bool IsIdle() const { return !full_.runs && !incremental_.runs; }
  // Passes run one after the other, but for the time that a full one waits for its window or is
  // held.
  bool MayBeginAnother() const;
  // InfiniteFuture while one runs.
  absl::Time FullNotBefore(absl::Time now) const;

  // Pauses what has to pause now. To be called every second. Without a known lag nothing waits for
  // replication: it may stay unknown for ever.
  void Look(std::optional<absl::Duration> lag, absl::Time now);

 private:
  enum class Why { kNone, kLag, kWindow, kOtherPass, kHeld };
  struct Pass {
    const char* name;
    Governor governor;
    bool runs = false;
    Why why = Why::kNone;
    absl::Time paused_at;
    std::optional<std::string> held;  // by an operator, and why
    bool cancelled = false;
  };

  Governor* Begin(Pass* pass);
  void End(Pass* pass);
  void Set(Pass* pass, Why why, absl::Time now);
  std::string Text(const Pass& pass, Why why) const;
  const Pass& PassOf(JobKind kind) const {
    return kind == JobKind::kFullPass ? full_ : incremental_;
  }
  Pass& PassOf(JobKind kind) { return kind == JobKind::kFullPass ? full_ : incremental_; }

  std::string link_;
  std::string window_text_;
  std::optional<DailyWindow> window_;  // none: always
  absl::Duration max_lag_;
  absl::TimeZone zone_;
  Pass full_;
  Pass incremental_;
  std::optional<absl::Duration> lag_;
  absl::Time now_ = absl::InfinitePast();  // of the latest Look
  bool stopped_ = false;
};

}  // namespace twinwatch::app
