#include "agent/app/pacing.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace twinwatch::app {
namespace {

constexpr uint64_t kLeastBytesOfARow = 100;

}  // namespace

GovernorLimits LimitsOf(uint64_t server_bytes_per_second) {
  GovernorLimits limits;
  limits.server_bytes = server_bytes_per_second;
  limits.server_rows = std::max<uint64_t>(server_bytes_per_second / kLeastBytesOfARow, 1);
  return limits;
}

Pacing::Pacing(std::string link, const VerifyConfig& config, absl::TimeZone zone)
    : link_(std::move(link)),
      window_text_(config.window.value_or("")),
      window_(ParseDailyWindow(window_text_)),
      max_lag_(config.max_lag),
      zone_(zone),
      full_{.name = "full",
            .governor = Governor(LimitsOf(config.rate_bytes_per_second)),
            .paused_at = {},
            .held = {}},
      incremental_{.name = "incremental",
                   .governor = Governor(LimitsOf(config.rate_bytes_per_second)),
                   .paused_at = {},
                   .held = {}} {}

void Pacing::SetRate(uint64_t server_bytes_per_second) {
  for (Pass* pass : {&full_, &incremental_})
    pass->governor.SetLimits(LimitsOf(server_bytes_per_second));
}

void Pacing::Stop() {
  stopped_ = true;
  full_.governor.Stop();
  incremental_.governor.Stop();
}

void Pacing::Hold(JobKind kind, std::string why, absl::Time now) {
  PassOf(kind).held = std::move(why);
  Look(lag_, now);
}

void Pacing::LetGo(JobKind kind, absl::Time now) {
  PassOf(kind).held.reset();
  Look(lag_, now);
}

void Pacing::Cancel(JobKind kind, std::string_view why) {
  PassOf(kind).cancelled = true;
  PassOf(kind).governor.Stop(why);
}

bool Pacing::MayBeginAnother() const {
  const bool waits = full_.why == Why::kWindow || full_.why == Why::kHeld;
  return IsIdle() || (!incremental_.runs && waits);
}

absl::Time Pacing::FullNotBefore(absl::Time now) const {
  if (full_.runs) return absl::InfiniteFuture();
  return window_ ? NextInWindow(*window_, now, zone_) : now;
}

Governor* Pacing::Begin(Pass* pass) {
  pass->runs = true;
  Look(lag_, now_);
  return &pass->governor;
}

void Pacing::End(Pass* pass) {
  pass->governor.Resume();
  pass->why = Why::kNone;
  pass->runs = false;
  pass->held.reset();
  if (pass->cancelled && !stopped_) pass->governor.Renew();
  pass->cancelled = false;
}

void Pacing::Look(std::optional<absl::Duration> lag, absl::Time now) {
  lag_ = lag;
  now_ = now;
  const Why lagging = lag && *lag > max_lag_ ? Why::kLag : Why::kNone;
  Why full = lagging;
  if (full == Why::kNone && incremental_.runs && !incremental_.held) full = Why::kOtherPass;
  if (window_ && !InWindow(*window_, now, zone_)) full = Why::kWindow;
  Set(&incremental_, incremental_.held ? Why::kHeld : lagging, now);
  Set(&full_, full_.held ? Why::kHeld : full, now);
}

void Pacing::Set(Pass* pass, Why why, absl::Time now) {
  if (!pass->runs || why == pass->why) return;
  if (why == Why::kNone) {
    pass->governor.Resume();
    spdlog::info("link={} msg=\"the {} pass goes on after {}\"", link_, pass->name,
                 absl::FormatDuration(absl::Trunc(now - pass->paused_at, absl::Seconds(1))));
  } else {
    if (pass->why == Why::kNone) pass->paused_at = now;
    pass->governor.Pause(Text(*pass, why));
    spdlog::info("link={} msg=\"the {} pass pauses: {}\"", link_, pass->name, Text(*pass, why));
  }
  pass->why = why;
}

std::string Pacing::Text(const Pass& pass, Why why) const {
  switch (why) {
    case Why::kNone:
      break;
    case Why::kLag:
      return fmt::format("replication lags by more than verify.max_lag, {}",
                         absl::FormatDuration(max_lag_));
    case Why::kWindow:
      return fmt::format("it is outside of verify.window, {}", window_text_);
    case Why::kOtherPass:
      return "an incremental pass runs";
    case Why::kHeld:
      return pass.held.value_or("");
  }
  return "";
}

}  // namespace twinwatch::app
