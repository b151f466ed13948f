// How a cluster's servers are told who we are.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "probes/gss/ticket.h"
#include "probes/wire/sasl.h"

namespace twinwatch::rpc {

struct Kerberos {
  std::shared_ptr<gss::Ticket> ticket;
  // As hbase-site.xml has them: _HOST is replaced by the server's name.
  std::string master_principal;
  std::string region_server_principal;
  std::vector<wire::Protection> protections;  // the preferred one first
};

struct Login {
  std::string user;                  // what SIMPLE authentication sends
  std::optional<Kerberos> kerberos;  // none: SIMPLE
};

}  // namespace twinwatch::rpc
