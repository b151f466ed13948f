#include "agent/cli/progress_pace.h"

#include <string>

namespace twinwatch::cli {
namespace {

std::string KindOf(std::string_view waiting) {
  std::string kind(waiting);
  std::erase_if(kind, [](char c) { return (c >= '0' && c <= '9') || c == ',' || c == '.'; });
  return kind;
}

}  // namespace

bool ProgressPace::IsDue(const std::string& what, std::string_view waiting, Clock::time_point now) {
  if (what != what_) {
    what_ = what;
    begun_ = now;
    kinds_.clear();
  }
  const bool is_news =
      !waiting.empty() && kinds_.size() < kMaxKinds && kinds_.insert(KindOf(waiting)).second;
  if (!is_news && now - last_shown_ < interval_) return false;
  last_shown_ = now;
  return true;
}

}  // namespace twinwatch::cli
