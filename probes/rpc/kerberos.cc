#include "probes/rpc/kerberos.h"

#include <absl/strings/ascii.h>

#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "probes/gss/session.h"

namespace twinwatch::rpc {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// More rounds than any mechanism needs: a server may not keep us busy for ever.
constexpr int kMaxRounds = 10;

// One piece of work on the helper thread, and its result. Whoever stopped waiting says so, and what
// has not begun then does not begin.
struct Errand {
  std::function<Status()> work;
  Status done = absl::UnknownError("");
  std::atomic<bool> given_up{false};
};

Task<Status> RunOn(std::shared_ptr<HelperThread> helper, Executor executor,
                   std::function<Status()> work, Deadline deadline) {
  auto errand = std::make_shared<Errand>();
  errand->work = std::move(work);
  auto ended = std::make_shared<OneShot<bool>>(executor);
  std::function<bool()> job = [errand] {
    if (!errand->given_up) errand->done = errand->work();
    return true;
  };
  if (!helper->Run(std::move(job), ended)) {
    co_return absl::UnavailableError("Kerberos: too many log-ins wait for the KDC");
  }
  const StatusOr<bool> in_time = co_await ended->Wait(deadline);
  if (in_time.ok()) co_return errand->done;
  errand->given_up = true;
  co_return absl::UnavailableError(
      "Kerberos: the KDC did not answer in time; is it up, and does /etc/krb5.conf name it?");
}

Task<Status> Write(tcp::socket* socket, std::string bytes) {
  boost::system::error_code error;
  co_await asio::async_write(*socket, asio::buffer(bytes),
                             asio::redirect_error(asio::use_awaitable, error));
  if (!error) co_return absl::OkStatus();
  co_return Error(absl::StatusCode::kAborted, "the connection was lost while logging in: {}",
                  error.message());
}

Task<StatusOr<std::string>> ReadToken(tcp::socket* socket, wire::SaslAnswers* answers) {
  while (true) {
    if (std::optional<std::string> token = answers->TakeToken()) co_return *std::move(token);
    const wire::FrameReader::Space space = answers->Prepare();
    boost::system::error_code error;
    const size_t n = co_await socket->async_read_some(
        asio::buffer(space.data, space.size), asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      co_return Error(absl::StatusCode::kAborted, "the connection was lost while logging in: {}",
                      error.message());
    }
    CO_RETURN_IF_ERROR(answers->Commit(n));
  }
}

// The first token: also takes the ticket.
StatusOr<std::string> Begin(gss::Ticket* ticket, const std::string& server,
                            std::shared_ptr<gss::Session>* session) {
  const std::unique_lock turn = ticket->Turn();
  ASSIGN_OR_RETURN(gss::Credential credential, ticket->Acquire());
  *session = std::make_shared<gss::Session>(std::move(credential), server);
  const StatusOr<std::string> token = (*session)->Step("");
  if (token.ok()) return token;
  return Annotate(token.status(), "as " + ticket->Name());
}

// What the two threads hand to each other; only one of them works on it at a time.
struct Exchange {
  std::shared_ptr<gss::Ticket> ticket;
  std::string server;
  std::shared_ptr<gss::Session> session;
  std::string token;

  Status Next() {
    ASSIGN_OR_RETURN(token, session ? session->Step(token) : Begin(ticket.get(), server, &session));
    return absl::OkStatus();
  }
};

StatusOr<wire::Protection> TakeOffer(gss::Session* session, std::string_view token,
                                     const std::vector<wire::Protection>& wanted,
                                     size_t* max_unit) {
  // Neither the offer nor the choice needs to be secret.
  ASSIGN_OR_RETURN(const std::string bytes, session->Unwrap(token, false));
  ASSIGN_OR_RETURN(const wire::OfferedProtections offer, wire::ParseOffer(bytes));
  *max_unit = offer.max_unit;
  return wire::Choose(offer, wanted);
}

}  // namespace

std::string ServerPrincipal(std::string_view pattern, std::string_view host) {
  constexpr std::string_view kHost = "/_HOST@";
  const size_t at = pattern.find(kHost);
  if (at == std::string_view::npos) {
    constexpr std::string_view kLast = "/_HOST";
    if (!pattern.ends_with(kLast)) return std::string(pattern);
    pattern.remove_suffix(kLast.size());
    return fmt::format("{}/{}", pattern, absl::AsciiStrToLower(ToAbsl(host)));
  }
  return fmt::format("{}/{}@{}", pattern.substr(0, at), absl::AsciiStrToLower(ToAbsl(host)),
                     pattern.substr(at + kHost.size()));
}

Task<Status> AcquireTicket(Executor executor, std::shared_ptr<gss::Ticket> ticket,
                           std::shared_ptr<HelperThread> helper, Deadline deadline) {
  std::function<Status()> work = [ticket] { return ticket->Acquire().status(); };
  co_return Annotate(co_await RunOn(helper, executor, std::move(work), deadline), ticket->Name());
}

Task<StatusOr<std::shared_ptr<SecurityLayer>>> LogIn(tcp::socket* socket, Kerberos kerberos,
                                                     std::string server,
                                                     std::shared_ptr<HelperThread> helper,
                                                     Deadline deadline) {
  const Executor executor = socket->get_executor();
  auto exchange = std::make_shared<Exchange>();
  exchange->ticket = kerberos.ticket;
  exchange->server = server;
  wire::SaslAnswers answers;
  std::string first = wire::KerberosPreamble();
  for (int round = 0;; ++round) {
    if (round == kMaxRounds) {
      co_return Error(absl::StatusCode::kDataLoss, "the log-in does not end");
    }
    std::function<Status()> step = [exchange] { return exchange->Next(); };
    CO_RETURN_IF_ERROR(co_await RunOn(helper, executor, std::move(step), deadline));
    CO_RETURN_IF_ERROR(
        co_await Write(socket, std::exchange(first, "") + wire::EncodeSaslToken(exchange->token)));
    CO_ASSIGN_OR_RETURN(exchange->token, co_await ReadToken(socket, &answers));
    if (exchange->session->complete()) break;
  }
  const std::shared_ptr<gss::Session> session = exchange->session;
  size_t max_unit = 0;
  CO_ASSIGN_OR_RETURN(const wire::Protection protection,
                      TakeOffer(session.get(), exchange->token, kerberos.protections, &max_unit));
  CO_ASSIGN_OR_RETURN(const std::string choice,
                      session->Wrap(wire::EncodeChoice(protection), false));
  CO_RETURN_IF_ERROR(co_await Write(socket, wire::EncodeSaslToken(choice)));
  if (protection == wire::Protection::kAuthentication) {
    co_return std::shared_ptr<SecurityLayer>();
  }
  const bool privacy = protection == wire::Protection::kPrivacy;
  CO_ASSIGN_OR_RETURN(const size_t max_plain, session->MaxPlain(max_unit, privacy));
  co_return std::make_shared<SecurityLayer>(session, privacy, max_plain);
}

}  // namespace twinwatch::rpc
