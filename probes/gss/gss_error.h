// GSSAPI's errors as Status. Only for this folder: it shows GSSAPI's header.
#pragma once

#include <gssapi/gssapi.h>

#include <string_view>

#include "agent/core/status.h"

namespace twinwatch::gss {

// What the library says, and what to do where that is known. `what`: what was tried, for whom.
// kUnavailable when no KDC could be reached, else kUnauthenticated.
Status ToStatus(OM_uint32 major, OM_uint32 minor, std::string_view what);

}  // namespace twinwatch::gss
