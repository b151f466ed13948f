// Tells systemd how the service is doing: the protocol of sd_notify, one datagram a message, to the
// socket that $NOTIFY_SOCKET names. Without one nothing is sent.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>

namespace twinwatch::app {

class ServiceManager {
 public:
  // From the environment of this process.
  ServiceManager();

  // How often it wants to hear that all is well: half of what it would wait. None: never.
  std::optional<absl::Duration> watchdog_interval() const { return watchdog_interval_; }

  void Ready() const { Send("READY=1"); }
  void Alive() const { Send("WATCHDOG=1"); }
  void Reloading() const;
  void Stopping() const { Send("STOPPING=1"); }

 private:
  // What cannot be sent is lost: nobody can be told of it.
  void Send(std::string_view message) const;

  std::string socket_;  // empty: none
  std::optional<absl::Duration> watchdog_interval_;
};

}  // namespace twinwatch::app
