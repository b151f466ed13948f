// What a verification was asked for, as text that the ledger keeps: a later process goes on with
// exactly that.
#pragma once

#include <string>
#include <string_view>

#include "agent/app/verify_plan.h"

namespace twinwatch::app {

// Equal requests have equal texts. Tables are not in it, nor what may change on the way: rate,
// streams, how many findings are kept, when a checkpoint is due.
std::string ToText(const VerifyRequest& request);

// kDataLoss for what ToText has not written.
StatusOr<VerifyRequest> RequestOf(std::string_view text);

}  // namespace twinwatch::app
