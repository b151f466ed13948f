// The two large sections of the configuration, each a table of keys with the checks that need no
// other section.
#pragma once

#include "agent/app/config.h"
#include "agent/app/config_reader.h"

namespace twinwatch::app {

Status ReadCluster(const ConfigValue& value, ClusterConfig* into);
// A file that holds a secret. What it begins with may be $NAME or ${NAME}, of the environment:
// systemd's $CREDENTIALS_DIRECTORY. An error for a name that is not there.
Status ReadSecretFile(const ConfigValue& value, std::string* into);
Status ReadLink(const ConfigValue& value, LinkConfig* into);

}  // namespace twinwatch::app
