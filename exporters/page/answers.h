// The questions that the status page answers for each link, each in a few words. Pure.
#pragma once

#include <absl/time/time.h>

#include <string>

#include "exporters/snapshot.h"

namespace twinwatch::page {

enum class Level { kOk, kLook, kAct };

struct Answer {
  Level level = Level::kLook;
  std::string words;   // "0.8 s"
  std::string reason;  // a sentence, or empty
};

// What is not known is kLook and says so; never kOk.
Answer HowFarBehind(const LinkSnapshot& link, absl::Time now);
Answer IsItATwin(const LinkSnapshot& link, absl::Time now);
Answer AreQueuesFine(const LinkSnapshot& link);

}  // namespace twinwatch::page
