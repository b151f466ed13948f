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
      full_{"full", Governor(LimitsOf(config.rate_bytes_per_second)), false, Why::kNone, {}},
      incremental_{
          "incremental", Governor(LimitsOf(config.rate_bytes_per_second)), false, Why::kNone, {}} {}

void Pacing::SetRate(uint64_t server_bytes_per_second) {
  for (Pass* pass : {&full_, &incremental_})
    pass->governor.SetLimits(LimitsOf(server_bytes_per_second));
}

void Pacing::Stop() {
  full_.governor.Stop();
  incremental_.governor.Stop();
}

bool Pacing::MayBeginAnother() const {
  return IsIdle() || (!incremental_.runs && full_.why == Why::kWindow);
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
}

void Pacing::Look(std::optional<absl::Duration> lag, absl::Time now) {
  lag_ = lag;
  now_ = now;
  const Why lagging = lag && *lag > max_lag_ ? Why::kLag : Why::kNone;
  Why full = lagging;
  if (full == Why::kNone && incremental_.runs) full = Why::kOtherPass;
  if (window_ && !InWindow(*window_, now, zone_)) full = Why::kWindow;
  Set(&incremental_, lagging, now);
  Set(&full_, full, now);
}

void Pacing::Set(Pass* pass, Why why, absl::Time now) {
  if (!pass->runs || why == pass->why) return;
  if (why == Why::kNone) {
    pass->governor.Resume();
    spdlog::info("link={} msg=\"the {} pass goes on after {}\"", link_, pass->name,
                 absl::FormatDuration(absl::Trunc(now - pass->paused_at, absl::Seconds(1))));
  } else {
    if (pass->why == Why::kNone) pass->paused_at = now;
    pass->governor.Pause(Text(why));
    spdlog::info("link={} msg=\"the {} pass pauses: {}\"", link_, pass->name, Text(why));
  }
  pass->why = why;
}

std::string Pacing::Text(Why why) const {
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
  }
  return "";
}

}  // namespace twinwatch::app
