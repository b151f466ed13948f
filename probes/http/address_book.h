// Where hosts are, as the resolver last said, for whoever asks the same few again and again:
// looking a name up takes longer than a small request. No I/O, no clock.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "probes/api/async.h"

namespace twinwatch::http {

class AddressBook {
 public:
  using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

  static constexpr std::chrono::seconds kGoodFor{30};
  static constexpr size_t kMost = 1000;  // hosts; beyond it begins anew

  // None: not asked yet, or too long ago.
  std::optional<Endpoints> Find(const std::string& host_port, Deadline now) const {
    const auto it = entries_.find(host_port);
    if (it == entries_.end() || now >= it->second.until) return std::nullopt;
    return it->second.endpoints;
  }
  void Keep(const std::string& host_port, Endpoints endpoints, Deadline now) {
    if (entries_.size() >= kMost) entries_.clear();
    entries_[host_port] = {std::move(endpoints), now + kGoodFor};
  }
  // It did not answer there: it may have moved.
  void Forget(const std::string& host_port) { entries_.erase(host_port); }

 private:
  struct Entry {
    Endpoints endpoints;
    Deadline until;
  };

  std::map<std::string, Entry> entries_;
};

}  // namespace twinwatch::http
