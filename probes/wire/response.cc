#include "probes/wire/response.h"

#include <utility>

#include "probes/wire/hbase.pb.h"
#include "probes/wire/message.h"

namespace twinwatch::wire {

StatusOr<Response> ParseResponse(Frame frame) {
  Response out;
  out.frame = std::move(frame);
  std::string_view rest = out.frame.View();
  ASSIGN_OR_RETURN(const std::string_view header_bytes, TakeDelimited(&rest));
  hbase::pb::ResponseHeader header;
  RETURN_IF_ERROR(ParseMessage(header_bytes, &header));
  out.call_id = header.call_id();
  if (header.has_exception()) {
    const hbase::pb::ExceptionResponse& e = header.exception();
    out.exception =
        RemoteException{e.exception_class_name(), FirstLine(e.stack_trace()), e.do_not_retry()};
    return out;
  }
  ASSIGN_OR_RETURN(out.result, TakeDelimited(&rest));
  const size_t cells = header.cell_block_meta().length();
  if (cells != rest.size()) {
    return Error(absl::StatusCode::kDataLoss,
                 "a response announces a cell block of {} bytes, {} are there", cells, rest.size());
  }
  out.cell_block = rest;
  return out;
}

}  // namespace twinwatch::wire
