// One client's connection: reads requests, has them answered, one after the other.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "exporters/http/authenticator.h"
#include "exporters/http/request.h"
#include "exporters/http/server.h"
#include "probes/api/async.h"
#include "probes/tls/stream.h"

namespace twinwatch::http_server {

class ClientConnection : public std::enable_shared_from_this<ClientConnection> {
 public:
  ClientConnection(boost::asio::ip::tcp::socket socket, Server::Handler handler, Limits limits,
                   std::shared_ptr<Authenticator> authenticator);

  // Until the client leaves, is too slow, or Close is called. `self` keeps it alive.
  Task<void> Serve(std::shared_ptr<ClientConnection> self);
  // Answers 503, whatever the client wants.
  Task<void> TurnAway(std::shared_ptr<ClientConnection> self);

  void Close();

 private:
  enum class Then { kGoOn, kEnd };

  // False when there will be no requests: the connection is at its end.
  Task<bool> ShakeHands();
  Task<bool> ReadMore();
  Task<Then> Answer(RequestHead head);
  Task<Then> Write(Response response, bool keep_alive, bool with_body);
  Task<void> LetTheClientRead();
  void CloseAfter(std::chrono::milliseconds time);

  tls::Stream stream_;
  boost::asio::steady_timer deadline_;
  Server::Handler handler_;
  Limits limits_;
  std::shared_ptr<Authenticator> authenticator_;
  std::string certificate_name_;  // that the client has proven to be its own
  RequestReader reader_;
  std::array<char, 4096> received_;
};

}  // namespace twinwatch::http_server
