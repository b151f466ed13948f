#include "agent/app/version.h"

namespace twinwatch::app {

std::string Version() { return TWINWATCH_VERSION; }
std::string Revision() { return TWINWATCH_REVISION; }

}  // namespace twinwatch::app
