// Logs in with Kerberos, over a connected socket, before the connection header.
//
// What may wait for a KDC runs on a helper thread, and has the caller's deadline: later nobody
// hears of it, and it ends by itself.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "agent/core/status.h"
#include "probes/api/async.h"
#include "probes/api/helper_thread.h"
#include "probes/rpc/login.h"
#include "probes/rpc/security_layer.h"

namespace twinwatch::rpc {

// hbase/_HOST@EXAMPLE.COM of RS1.example.com: hbase/rs1.example.com@EXAMPLE.COM.
std::string ServerPrincipal(std::string_view pattern, std::string_view host);

// Sees that there is a ticket that is not about to end. Errors are the ticket's, and kUnavailable
// at `deadline`.
Task<Status> AcquireTicket(Executor executor, std::shared_ptr<gss::Ticket> ticket,
                           std::shared_ptr<HelperThread> helper, Deadline deadline);

// The first bytes on the socket are the preamble's. What follows goes through the layer; null when
// it goes as it is. Errors say what to do and name no server: kUnauthenticated, kUnavailable,
// kAborted for a connection that was lost. Closing the socket ends it.
Task<StatusOr<std::shared_ptr<SecurityLayer>>> LogIn(boost::asio::ip::tcp::socket* socket,
                                                     Kerberos kerberos, std::string server,
                                                     std::shared_ptr<HelperThread> helper,
                                                     Deadline deadline);

}  // namespace twinwatch::rpc
