// What this binary is.
#pragma once

#include <string>

namespace twinwatch::app {

std::string Version();
std::string Revision();  // of the source it was built from

}  // namespace twinwatch::app
