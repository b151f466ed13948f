// Beast 1.81 asserts that the last chunk of a body comes in one piece when it is the first one too,
// which it need not: what a server sends must not end us, and without the assertion it is read
// well.
#define BOOST_DISABLE_ASSERTS

#include "probes/http/response_reader.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <utility>

namespace twinwatch::http {
namespace {

namespace beast = boost::beast;
using Code = beast::error_code;

constexpr uint32_t kMaxHead = 64u << 10;
// A size line of a chunk, with its extensions, never needs more.
constexpr size_t kMaxPending = kMaxHead + 1024;

Status NoResponse(std::string_view why) {
  return Error(absl::StatusCode::kDataLoss, "what came is no HTTP response: {}", why);
}

}  // namespace

class ResponseReader::Parser : public beast::http::basic_parser<false> {
 public:
  explicit Parser(size_t body_bytes) : body_bytes_(body_bytes) {
    eager(true);
    header_limit(kMaxHead);
    body_limit(boost::none);  // lengths are read, bodies are not
  }

  // All that was wanted is there.
  bool enough() const { return is_header_done() && response_.body.size() >= body_bytes_; }

  Response Take() {
    if (is_header_done() && content_length()) response_.content_length = *content_length();
    return std::move(response_);
  }

 private:
  using View = beast::string_view;

  void on_request_impl(beast::http::verb, View, View, int, Code&) override {}
  void on_response_impl(int code, View, int, Code&) override { response_.status = code; }
  void on_field_impl(beast::http::field name, View, View value, Code&) override {
    if (is_header_done()) return;  // a trailer, read only if it happens to come with the body
    if (name == beast::http::field::location) response_.location.assign(value.data(), value.size());
  }
  void on_header_impl(Code&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, Code&) override {}
  size_t on_body_impl(View bytes, Code&) override { return Keep(bytes); }
  void on_chunk_header_impl(uint64_t, View, Code&) override {}
  size_t on_chunk_body_impl(uint64_t, View bytes, Code&) override { return Keep(bytes); }
  void on_finish_impl(Code&) override {}

  size_t Keep(View bytes) {
    const size_t left = body_bytes_ - response_.body.size();
    response_.body.append(bytes.data(), std::min(left, bytes.size()));
    return bytes.size();
  }

  size_t body_bytes_;
  Response response_;
};

ResponseReader::ResponseReader(size_t body_bytes) : parser_(std::make_unique<Parser>(body_bytes)) {}
ResponseReader::~ResponseReader() = default;

Status ResponseReader::Feed(std::string_view bytes) {
  if (done()) return absl::OkStatus();
  pending_ += bytes;
  while (!done() && !pending_.empty()) {
    Code error;
    const size_t used = parser_->put(boost::asio::buffer(pending_), error);
    pending_.erase(0, used);
    // What is wrong behind what was wanted is not looked at.
    if (parser_->enough()) break;
    if (error == beast::http::error::need_more || (!error && used == 0)) break;
    if (error) return NoResponse(error.message());
  }
  if (!done() && pending_.size() > kMaxPending) return NoResponse("it has no end");
  return absl::OkStatus();
}

Status ResponseReader::FeedEnd() {
  if (done()) return absl::OkStatus();
  if (!parser_->got_some()) return NoResponse("the connection was closed");
  Code error;
  parser_->put_eof(error);
  if (error) return NoResponse(error.message());
  return absl::OkStatus();
}

bool ResponseReader::done() const { return parser_->is_done() || parser_->enough(); }

Response ResponseReader::Take() { return parser_->Take(); }

}  // namespace twinwatch::http
