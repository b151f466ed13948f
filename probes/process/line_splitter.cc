#include "probes/process/line_splitter.h"

namespace twinwatch::process {

void LineSplitter::Push(std::string_view bytes, const Sink& sink) {
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    Append(bytes.substr(0, end));
    begun_ = true;
    if (end == std::string_view::npos) return;
    Emit(sink);
    bytes.remove_prefix(end + 1);
  }
}

void LineSplitter::Finish(const Sink& sink) {
  if (begun_) Emit(sink);
}

void LineSplitter::Append(std::string_view bytes) {
  const size_t space = max_bytes_ - line_.size();
  if (bytes.size() > space) cut_ = true;
  line_ += bytes.substr(0, space);
}

void LineSplitter::Emit(const Sink& sink) {
  if (cut_) {
    line_ += "...";
  } else if (line_.ends_with('\r')) {
    line_.pop_back();
  }
  sink(line_);
  line_.clear();
  begun_ = false;
  cut_ = false;
}

}  // namespace twinwatch::process
