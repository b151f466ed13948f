#include "agent/cli/run_async.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>

#include "agent/cli/exit_code.h"

namespace twinwatch::cli {
namespace {

Task<void> RunMain(std::function<Task<int>(Executor)> main, boost::asio::io_context* io,
                   int* exit_code) {
  *exit_code = co_await main(io->get_executor());
  io->stop();
}

}  // namespace

int RunAsync(std::function<Task<int>(Executor)> main) {
  boost::asio::io_context io;
  int exit_code = kInterrupted;
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&io](const boost::system::error_code& error, int) {
    if (!error) io.stop();
  });
  Spawn(io.get_executor(), RunMain(std::move(main), &io, &exit_code));
  io.run();
  return exit_code;
}

}  // namespace twinwatch::cli
