#include "agent/core/cluster_key.h"

#include <charconv>
#include <cstdint>

namespace twinwatch {
namespace {

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  size_t start = 0;
  while (true) {
    const size_t end = text.find(separator, start);
    parts.push_back(text.substr(start, end - start));
    if (end == std::string_view::npos) return parts;
    start = end + 1;
  }
}

bool IsPort(std::string_view text) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port != 0;
}

Status Bad(std::string_view text, std::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument,
               "\"{}\" is no cluster key: {}; write zk1,zk2:2181:/hbase", text, why);
}

}  // namespace

StatusOr<ClusterKey> ClusterKey::Parse(std::string_view text) {
  const size_t slash = text.rfind(":/");
  if (slash == std::string_view::npos) return Bad(text, "it names no base znode");
  ClusterKey key;
  key.base_znode = text.substr(slash + 1);
  if (key.base_znode.size() < 2 || key.base_znode.back() == '/' ||
      key.base_znode.find("//") != std::string::npos) {
    return Bad(text, "the base znode must be a path such as /hbase");
  }
  std::string_view hosts = text.substr(0, slash);
  std::string_view shared_port;
  const std::vector<std::string_view> parts = Split(hosts, ',');
  if (const size_t colon = parts.back().rfind(':'); colon != std::string_view::npos) {
    shared_port = parts.back().substr(colon + 1);
  }
  if (!IsPort(shared_port)) return Bad(text, "it names no client port");
  for (std::string_view part : parts) {
    const size_t colon = part.rfind(':');
    const std::string_view host = part.substr(0, colon);
    const std::string_view port =
        colon == std::string_view::npos ? shared_port : part.substr(colon + 1);
    if (host.empty() || host.find_first_of(" \t/:") != std::string_view::npos) {
      return Bad(text, "a host name is missing or odd");
    }
    if (!IsPort(port)) return Bad(text, "a port is not a number from 1 to 65535");
    key.quorum.push_back(fmt::format("{}:{}", host, port));
  }
  return key;
}

std::string ClusterKey::ConnectString() const { return fmt::format("{}", fmt::join(quorum, ",")); }

std::string ClusterKey::ToString() const {
  std::string hosts;
  const std::string& last = quorum.back();
  const std::string port = last.substr(last.rfind(':'));
  for (const std::string& server : quorum) {
    if (server.substr(server.rfind(':')) != port) return ConnectString() + ":" + base_znode;
    if (!hosts.empty()) hosts += ',';
    hosts += server.substr(0, server.rfind(':'));
  }
  return hosts + port + ":" + base_znode;
}

}  // namespace twinwatch
