#include "exporters/http/listener.h"

#include <boost/asio/ip/v6_only.hpp>
#include <charconv>
#include <string>

namespace twinwatch::http_server {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

struct HostPort {
  std::string host;  // empty: every address
  uint16_t port = 0;
};

StatusOr<HostPort> Split(std::string_view address) {
  const size_t colon = address.rfind(':');
  HostPort out;
  bool good = colon != std::string_view::npos;
  if (good) {
    const std::string_view digits = address.substr(colon + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
    good = error == std::errc() && end == digits.data() + digits.size();
    std::string_view host = address.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
      host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
      good = false;
    }
    out.host = host;
  }
  if (good) return out;
  return Error(
      absl::StatusCode::kInvalidArgument,
      "\"{}\" is no address to listen on: write HOST:PORT, such as 127.0.0.1:9919 or [::1]:9919",
      address);
}

error_code Open(const tcp::endpoint& endpoint, tcp::acceptor* acceptor) {
  error_code error, ignored;
  acceptor->close(ignored);
  acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && endpoint.protocol() == tcp::v6()) {
    acceptor->set_option(boost::asio::ip::v6_only(!endpoint.address().is_unspecified()), error);
  }
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(tcp::acceptor::max_listen_connections, error);
  if (error) acceptor->close(ignored);
  return error;
}

error_code OpenNamed(const HostPort& address, tcp::acceptor* acceptor) {
  error_code error;
  tcp::resolver resolver(acceptor->get_executor());
  const auto found =
      resolver.resolve(address.host, std::to_string(address.port),
                       tcp::resolver::passive | tcp::resolver::numeric_service, error);
  if (error) return error;
  return Open(found.begin()->endpoint(), acceptor);
}

}  // namespace

Status OpenListener(std::string_view address, tcp::acceptor* acceptor) {
  ASSIGN_OR_RETURN(const HostPort parsed, Split(address));
  error_code error;
  if (parsed.host.empty()) {
    // Both kinds of addresses by one socket; some machines have no IPv6.
    error = Open(tcp::endpoint(tcp::v6(), parsed.port), acceptor);
    if (error) error = Open(tcp::endpoint(tcp::v4(), parsed.port), acceptor);
  } else {
    error = OpenNamed(parsed, acceptor);
  }
  if (!error) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "cannot listen on {}: {}", address,
               error.message());
}

}  // namespace twinwatch::http_server
