// Opening a listening socket by the address that users write.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string_view>

#include "agent/core/status.h"

namespace twinwatch::http_server {

// See Server::Listen.
Status OpenListener(std::string_view address, boost::asio::ip::tcp::acceptor* acceptor);

}  // namespace twinwatch::http_server
