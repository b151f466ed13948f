#include "probes/replication/heartbeat.h"

#include <charconv>
#include <random>

#include "agent/core/bytes.h"

namespace twinwatch {
namespace {

constexpr std::string_view kFirstLine = "twinwatch-beat 1";
constexpr size_t kMostBytes = 4u << 20;
constexpr size_t kLongestId = 128;

Status NoBeat(std::string_view why) {
  return Error(absl::StatusCode::kDataLoss, "this cell is no heartbeat: {}", why);
}

// Cuts a heartbeat's text into its lines, which are known by their first word.
class Lines {
 public:
  explicit Lines(std::string_view text) : left_(text) {}

  bool AtEnd() const { return left_.empty(); }

  // What follows `word` and a space when the next line begins so.
  std::optional<std::string_view> Take(std::string_view word) {
    const size_t end = left_.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = left_.substr(0, end);
    if (line.size() <= word.size() || !line.starts_with(word) || line[word.size()] != ' ')
      return std::nullopt;
    left_.remove_prefix(end + 1);
    return line.substr(word.size() + 1);
  }

 private:
  std::string_view left_;
};

template <typename Int>
bool ToNumber(std::optional<std::string_view> text, Int* out) {
  if (!text) return false;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), *out);
  return error == std::errc() && end == text->data() + text->size();
}

bool ToStamp(std::string_view text, PeerStamp* out) {
  const size_t first = text.find(' ');
  const size_t second = first == std::string_view::npos ? first : text.find(' ', first + 1);
  return second != std::string_view::npos && ToNumber(text.substr(0, first), &out->created) &&
         ToNumber(text.substr(first + 1, second - first - 1), &out->config) &&
         ToNumber(text.substr(second + 1), &out->state);
}

// Names come from servers, and could be anything.
std::string ToText(const ServerName& server) { return ToStringBinary(server.ToString()); }

std::string Format(const Heartbeat& beat) {
  std::string out = fmt::format("{}\nsequence {}\nsent {}\n", kFirstLine, beat.sequence,
                                absl::ToUnixMillis(beat.sent));
  for (const ServerName& member : beat.members) out += fmt::format("member {}\n", ToText(member));
  if (const std::optional<PeerStamp>& peer = beat.epoch.peer)
    out += fmt::format("peer {} {} {}\n", peer->created, peer->config, peer->state);
  for (const uint64_t start_code : beat.epoch.start_codes)
    out += fmt::format("start {}\n", start_code);
  for (const std::string& id : beat.epoch.queue_ids)
    out += fmt::format("queue {}\n", ToStringBinary(id));
  out += fmt::format("rewinds {}\n", beat.epoch.rewinds);
  return out;
}

bool IsId(std::string_view id) {
  return !id.empty() && id.size() <= kLongestId && id.find('/') == std::string_view::npos;
}

}  // namespace

HeartbeatEpoch EpochOf(const std::vector<ServerName>& live,
                       const std::optional<QueueReading>& queues, uint64_t rewinds) {
  HeartbeatEpoch epoch;
  for (const ServerName& server : live) epoch.start_codes.insert(server.start_code);
  epoch.rewinds = rewinds;
  if (!queues) return epoch;
  epoch.peer = queues->peer_stamp;
  for (const WalQueue& queue : queues->queues) epoch.queue_ids.insert(queue.queue_id);
  return epoch;
}

StatusOr<std::string> FormatHeartbeat(const Heartbeat& beat) {
  std::string value = Format(beat);
  if (value.size() > kMostBytes) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "a heartbeat with {} members and {} queues is larger than {} bytes",
                 beat.members.size(), beat.epoch.queue_ids.size(), kMostBytes);
  }
  return value;
}

StatusOr<Heartbeat> ParseHeartbeat(std::string_view value) {
  if (value.size() > kMostBytes) return NoBeat("it is too large");
  if (!value.starts_with(kFirstLine) || value.size() == kFirstLine.size() ||
      value[kFirstLine.size()] != '\n') {
    return NoBeat("its first line is not \"twinwatch-beat 1\"");
  }
  Lines lines(value.substr(kFirstLine.size() + 1));
  Heartbeat beat;
  if (!ToNumber(lines.Take("sequence"), &beat.sequence)) return NoBeat("its sequence");
  int64_t sent_ms = 0;
  if (!ToNumber(lines.Take("sent"), &sent_ms)) return NoBeat("its time");
  beat.sent = absl::FromUnixMillis(sent_ms);
  while (const std::optional<std::string_view> member = lines.Take("member")) {
    const StatusOr<std::string> name = FromStringBinary(*member);
    if (!name.ok()) return NoBeat("a member");
    StatusOr<ServerName> server = ServerName::Parse(*name);
    if (!server.ok()) return NoBeat("a member");
    beat.members.push_back(*std::move(server));
  }
  if (const std::optional<std::string_view> peer = lines.Take("peer")) {
    if (!ToStamp(*peer, &beat.epoch.peer.emplace())) return NoBeat("its peer");
  }
  while (const std::optional<std::string_view> start = lines.Take("start")) {
    uint64_t code = 0;
    if (!ToNumber(start, &code)) return NoBeat("a start code");
    beat.epoch.start_codes.insert(code);
  }
  while (const std::optional<std::string_view> queue = lines.Take("queue")) {
    StatusOr<std::string> id = FromStringBinary(*queue);
    if (!id.ok()) return NoBeat("a queue");
    beat.epoch.queue_ids.insert(*std::move(id));
  }
  if (!ToNumber(lines.Take("rewinds"), &beat.epoch.rewinds)) return NoBeat("its rewinds");
  // Whatever else could be written in two ways (order, leading zeros, escapes).
  if (!lines.AtEnd() || Format(beat) != value) return NoBeat("it is not in its only form");
  return beat;
}

std::optional<std::string> HeartbeatKey(const KeyRange& region, const HeartbeatRow& row) {
  if (!IsId(row.cluster_id) || !IsId(row.writer_id)) return std::nullopt;
  // Borders are two hex digits and none is "00", which leaves it to the first region.
  std::string key = fmt::format("{}/{}/{}/{}", region.start.empty() ? "00" : region.start,
                                row.cluster_id, row.server.ToString(), row.writer_id);
  constexpr size_t kLongestRow = 0x7fff;
  if (!region.Contains(key) || key.size() > kLongestRow) return std::nullopt;
  return key;
}

StatusOr<HeartbeatRow> ParseHeartbeatKey(std::string_view key) {
  HeartbeatRow row;
  std::string_view parts[3];  // from the right
  for (std::string_view& part : parts) {
    const size_t slash = key.rfind('/');
    if (slash == std::string_view::npos) return NoBeat("its row key");
    part = key.substr(slash + 1);
    key = key.substr(0, slash);
  }
  const StatusOr<ServerName> server = ServerName::Parse(parts[1]);
  if (!IsId(parts[0]) || !server.ok() || !IsId(parts[2])) return NoBeat("its row key");
  return HeartbeatRow{std::string(parts[2]), *server, std::string(parts[0])};
}

std::string NewWriterId() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

}  // namespace twinwatch
