// Bytes that arrive in pieces of any size, to lines of bounded length.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace twinwatch::process {

class LineSplitter {
 public:
  using Sink = std::function<void(std::string_view)>;

  // What a line has beyond `max_bytes` is dropped, and "..." says so.
  explicit LineSplitter(size_t max_bytes) : max_bytes_(max_bytes) {}

  // Calls `sink` for each line that has ended, without its LF or CR LF.
  void Push(std::string_view bytes, const Sink& sink);
  // The same for a last line without LF, if there is one.
  void Finish(const Sink& sink);

 private:
  void Append(std::string_view bytes);
  void Emit(const Sink& sink);

  size_t max_bytes_;
  std::string line_;
  bool begun_ = false;
  bool cut_ = false;
};

}  // namespace twinwatch::process
