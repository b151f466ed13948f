#include "probes/hbase/master.h"

#include "probes/hbase/retry.h"
#include "probes/hbase/znode_layout.h"
#include "probes/wire/hbase.pb.h"
#include "probes/wire/message.h"
#include "probes/wire/remote_exception.h"
#include "probes/wire/request.h"

namespace twinwatch::hbase {
namespace {

// A cluster without a master serves its data, and whoever asks should hear soon that it has none.
constexpr std::chrono::milliseconds kMasterPatience{20'000};
constexpr std::chrono::milliseconds kPollEvery{200};

Status ErrorOf(const ::hbase::pb::ForeignExceptionMessage& exception) {
  const auto& what = exception.generic_exception();
  return wire::ToStatus({what.class_name(), what.message(), true});
}

}  // namespace

Task<Status> Master::Call(std::string method, const google::protobuf::MessageLite& request,
                          google::protobuf::MessageLite* answer) {
  Retry retry(kMasterPatience);
  while (true) {
    const Status status = co_await CallOnce(method, request, answer);
    if (status.ok()) co_return status;
    const StatusOr<std::chrono::milliseconds> pause =
        retry.Failed(status, std::chrono::steady_clock::now());
    if (!pause.ok()) {
      co_return Annotate(pause.status(), Name(method));
    }
    co_await SleepFor(*pause);
  }
}

Task<Status> Master::Run(std::string method, const google::protobuf::MessageLite& request,
                         Deadline deadline) {
  ::hbase::pb::ProcedureResponse begun;
  CO_RETURN_IF_ERROR(co_await Call(method, request, &begun));
  co_return co_await Await(begun.proc_id(), Name(method), deadline);
}

Task<Status> Master::Await(uint64_t procedure, std::string what, Deadline deadline) {
  using Result = ::hbase::pb::GetProcedureResultResponse;
  ::hbase::pb::GetProcedureResultRequest ask;
  ask.set_proc_id(procedure);
  while (true) {
    Result result;
    CO_RETURN_IF_ERROR(co_await Call("getProcedureResult", ask, &result));
    if (result.has_exception()) co_return Annotate(ErrorOf(result.exception()), what);
    if (result.state() == Result::FINISHED) co_return absl::OkStatus();
    if (result.state() == Result::NOT_FOUND) {
      co_return Error(absl::StatusCode::kInternal, "{}: the master has lost procedure {}", what,
                      procedure);
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      co_return Error(absl::StatusCode::kDeadlineExceeded,
                      "{}: procedure {} still runs; the master's page lists it", what, procedure);
    }
    co_await SleepFor(kPollEvery);
  }
}

std::string Master::Name(std::string_view method) const {
  return fmt::format("{} of the master of {}", method, connections_->name);
}

Task<Status> Master::CallOnce(const std::string& method,
                              const google::protobuf::MessageLite& request,
                              google::protobuf::MessageLite* answer) {
  const StatusOr<Znode> node =
      co_await connections_->znodes->Get(connections_->base_znode + "/master", false);
  if (absl::IsNotFound(node.status())) {
    co_return absl::UnavailableError("there is no active master at the moment");
  }
  CO_RETURN_IF_ERROR(node.status());
  CO_ASSIGN_OR_RETURN(const ServerName server, ParseMasterZnode(node->data));
  const rpc::Endpoint endpoint{server.host, server.port, std::string(wire::kMasterService)};
  CO_ASSIGN_OR_RETURN(const wire::Response response, co_await connections_->channel->Call(
                                                         endpoint, method, request, "", kCallTime));
  co_return wire::ParseMessage(response.result, answer);
}

}  // namespace twinwatch::hbase
