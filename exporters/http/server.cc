#include "exporters/http/server.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <set>
#include <utility>

#include "exporters/http/client_connection.h"
#include "exporters/http/listener.h"

namespace twinwatch::http_server {

namespace asio = boost::asio;

// What the accepting coroutine and the connections share; outlives the Server while they end.
class Server::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(const Executor& executor, Handler handler, Limits limits)
      : executor_(executor),
        acceptor_(executor),
        handler_(std::move(handler)),
        limits_(limits),
        authenticator_(std::make_shared<Authenticator>(executor, Access())) {}

  void Protect(Access access) {
    authenticator_ = std::make_shared<Authenticator>(executor_, std::move(access));
  }

  Status Listen(std::string_view address) {
    RETURN_IF_ERROR(OpenListener(address, &acceptor_));
    Spawn(executor_, AcceptLoop(shared_from_this()));
    return absl::OkStatus();
  }

  uint16_t port() const {
    boost::system::error_code ignored;
    return acceptor_.local_endpoint(ignored).port();
  }

  void Stop() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    authenticator_->Stop();
    for (const std::shared_ptr<ClientConnection>& client : clients_) client->Close();
  }

  size_t connections() const { return clients_.size(); }

 private:
  Task<void> AcceptLoop(std::shared_ptr<Core> /*keeps this alive*/) {
    constexpr std::chrono::milliseconds kPause{100};
    while (acceptor_.is_open()) {
      boost::system::error_code error;
      asio::ip::tcp::socket socket =
          co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
      if (!error) {
        Welcome(std::move(socket));
      } else if (acceptor_.is_open()) {
        // Out of file descriptors, most likely: some will be given back.
        co_await SleepFor(kPause);
      }
    }
  }

  // Those who are turned away are counted too, and no more than half of all may be such.
  void Welcome(asio::ip::tcp::socket socket) {
    if (!acceptor_.is_open() || clients_.size() >= 2 * limits_.max_connections) return;
    const bool turn_away = clients_.size() >= limits_.max_connections;
    auto client =
        std::make_shared<ClientConnection>(std::move(socket), handler_, limits_, authenticator_);
    clients_.insert(client);
    Spawn(executor_, Run(shared_from_this(), std::move(client), turn_away));
  }

  Task<void> Run(std::shared_ptr<Core> /*keeps this alive*/,
                 std::shared_ptr<ClientConnection> client, bool turn_away) {
    if (turn_away) {
      co_await client->TurnAway(client);
    } else {
      co_await client->Serve(client);
    }
    clients_.erase(client);
  }

  Executor executor_;
  asio::ip::tcp::acceptor acceptor_;
  Handler handler_;
  Limits limits_;
  std::shared_ptr<Authenticator> authenticator_;
  std::set<std::shared_ptr<ClientConnection>> clients_;
};

Server::Server(const Executor& executor, Handler handler, Limits limits)
    : core_(std::make_shared<Core>(executor, std::move(handler), limits)) {}

Server::~Server() { Stop(); }

void Server::Protect(Access access) { core_->Protect(std::move(access)); }

Status Server::Listen(std::string_view address) { return core_->Listen(address); }

uint16_t Server::port() const { return core_->port(); }

void Server::Stop() { core_->Stop(); }

size_t Server::connections() const { return core_->connections(); }

}  // namespace twinwatch::http_server
