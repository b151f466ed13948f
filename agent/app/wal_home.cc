#include "agent/app/wal_home.h"

#include <absl/strings/numbers.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace twinwatch::app {
namespace {

constexpr std::string_view kDefaultHttpPort = "9870";

std::string ValueOf(const HadoopProperties& site, const std::string& name) {
  const auto it = site.find(name);
  return it == site.end() ? "" : it->second;
}

// scheme://authority/path; file:/path and a bare path are taken too.
struct Place {
  std::string scheme;
  std::string authority;
  std::string path;
};

Place PlaceOf(const std::string& text) {
  Place place;
  std::string_view rest = text;
  if (const size_t colon = rest.find(':');
      colon != std::string_view::npos && colon < rest.find('/')) {
    place.scheme = rest.substr(0, colon);
    rest.remove_prefix(colon + 1);
  }
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const size_t slash = std::min(rest.find('/'), rest.size());
    place.authority = rest.substr(0, slash);
    rest.remove_prefix(slash);
  }
  place.path = rest;
  return place;
}

std::string HostOf(const std::string& authority) {
  return authority.substr(0, authority.find(':'));
}

// `http` as it was set; where it is not, or says "every address", the host of `rpc`.
std::string HttpAddress(const std::string& http, const std::string& rpc) {
  if (http.empty()) return fmt::format("{}:{}", HostOf(rpc), kDefaultHttpPort);
  if (HostOf(http) == "0.0.0.0")
    return HostOf(rpc) + http.substr(std::min(http.find(':'), http.size()));
  return http;
}

std::vector<std::string> HttpAddresses(const HadoopProperties& site, const std::string& authority) {
  std::vector<std::string> addresses;
  const std::string ids = ValueOf(site, "dfs.ha.namenodes." + authority);
  for (size_t at = 0; at < ids.size();) {
    const size_t end = std::min(ids.find(',', at), ids.size());
    std::string id = ids.substr(at, end - at);
    std::erase_if(id, [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
    at = end + 1;
    if (id.empty()) continue;
    const std::string suffix = fmt::format(".{}.{}", authority, id);
    const std::string http = ValueOf(site, "dfs.namenode.http-address" + suffix);
    const std::string rpc = ValueOf(site, "dfs.namenode.rpc-address" + suffix);
    if (!http.empty() || !rpc.empty()) addresses.push_back(HttpAddress(http, rpc));
  }
  if (!addresses.empty()) return addresses;
  std::string http = ValueOf(site, "dfs.namenode.http-address." + authority);
  if (http.empty()) http = ValueOf(site, "dfs.namenode.http-address");
  return {HttpAddress(http, authority)};
}

StatusOr<std::vector<http::Url>> NameNodes(const HadoopProperties& site,
                                           const std::string& authority,
                                           const std::optional<std::string>& webhdfs) {
  if (webhdfs) {
    ASSIGN_OR_RETURN(http::Url url, http::Url::Parse(*webhdfs));
    return std::vector{std::move(url)};
  }
  if (ValueOf(site, "dfs.http.policy") == "HTTPS_ONLY") {
    return Error(absl::StatusCode::kUnimplemented,
                 "HDFS answers https only, which is not spoken in this version");
  }
  if (authority.empty()) {
    return Error(absl::StatusCode::kNotFound,
                 "no NameNode is named: set fs.defaultFS in core-site.xml, or `webhdfs`");
  }
  std::vector<http::Url> urls;
  for (const std::string& address : HttpAddresses(site, authority)) {
    ASSIGN_OR_RETURN(http::Url url, http::Url::Parse("http://" + address));
    urls.push_back(std::move(url));
  }
  return urls;
}

absl::Duration SleepForRetries(const HadoopProperties& site) {
  int64_t ms = 0;
  const std::string text = ValueOf(site, "replication.source.sleepforretries");
  const bool good = absl::SimpleAtoi(text, &ms) && ms > 0 && ms < 3'600'000;
  return good ? absl::Milliseconds(ms) : absl::Seconds(1);
}

// HDFS's own default where nothing is said.
uint64_t Replicas(const HadoopProperties& site) {
  uint64_t replicas = 0;
  const bool good = absl::SimpleAtoi(ValueOf(site, "dfs.replication"), &replicas);
  return good && replicas > 0 && replicas <= 512 ? replicas : 3;
}

// Where `what` is, if it is in `dir`.
StatusOr<WalHome> HomeOf(const HadoopProperties& site, const std::optional<std::string>& webhdfs,
                         const std::string& dir, std::string_view what) {
  WalHome home;
  home.sleep_for_retries = SleepForRetries(site);
  home.has_wal_groups = ValueOf(site, "hbase.wal.provider") == "multiwal";
  Place place = PlaceOf(dir);
  if (!place.path.starts_with('/') || dir.find("${") != std::string::npos) {
    return Error(absl::StatusCode::kNotFound, "\"{}\" is no folder for {}", dir, what);
  }
  const Place default_fs = PlaceOf(ValueOf(site, "fs.defaultFS"));
  if (place.scheme.empty() && !webhdfs) {
    if (default_fs.scheme.empty()) {
      return Error(absl::StatusCode::kNotFound,
                   "{} names no file system, and fs.defaultFS is not set in core-site.xml", dir);
    }
    place.scheme = default_fs.scheme;
    place.authority = default_fs.authority;
  }
  home.place.dir = place.path;
  if (place.scheme == "file") return home;
  if (place.scheme != "hdfs" && !place.scheme.empty()) {
    return Error(absl::StatusCode::kUnimplemented,
                 "{} are on {}://: file:// and hdfs:// alone are read", what, place.scheme);
  }
  if (place.authority.empty() && default_fs.scheme == "hdfs")
    place.authority = default_fs.authority;
  ASSIGN_OR_RETURN(home.place.name_nodes, NameNodes(site, place.authority, webhdfs));
  home.place.replicas = Replicas(site);
  return home;
}

}  // namespace

StatusOr<WalHome> WalHomeFromSite(const HadoopProperties& site,
                                  const std::optional<std::string>& webhdfs) {
  std::string dir = ValueOf(site, "hbase.wal.dir");
  if (dir.empty()) dir = ValueOf(site, "hbase.rootdir");
  if (dir.empty()) {
    return Error(absl::StatusCode::kNotFound,
                 "neither hbase.wal.dir nor hbase.rootdir is set in hbase-site.xml");
  }
  return HomeOf(site, webhdfs, dir, "WALs");
}

StatusOr<WalHome> RootHomeFromSite(const HadoopProperties& site,
                                   const std::optional<std::string>& webhdfs) {
  const std::string dir = ValueOf(site, "hbase.rootdir");
  if (dir.empty()) {
    return Error(absl::StatusCode::kNotFound, "hbase.rootdir is not set in hbase-site.xml");
  }
  return HomeOf(site, webhdfs, dir, "HFiles");
}

}  // namespace twinwatch::app
