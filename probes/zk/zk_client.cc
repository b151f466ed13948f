#include "probes/zk/zk_client.h"

#include <zookeeper/zookeeper.h>

#include <boost/asio/post.hpp>
#include <cstring>
#include <functional>
#include <utility>

namespace twinwatch::zk {
namespace {

constexpr int kSessionTimeoutMs = 10'000;
constexpr std::chrono::milliseconds kPauseBeforeRetry{200};
// The library looks up the names of the quorum each time it waits, dozens of times a second, were
// it not told to leave it.
constexpr int kResolveAgainMs = 10'000;
// HBase's znodes are small; ZooKeeper's own cap is 1 MiB.
constexpr int kMaxZnodeBytes = 4 << 20;

Status ToStatus(int code, const std::string& path) {
  switch (code) {
    case ZNONODE:
      return Error(absl::StatusCode::kNotFound, "no znode {}", path);
    case ZNOAUTH:
    case ZAUTHFAILED:
      return Error(absl::StatusCode::kPermissionDenied, "ZooKeeper does not let us read {}", path);
    case ZCONNECTIONLOSS:
    case ZOPERATIONTIMEOUT:
    case ZSESSIONEXPIRED:
    case ZSESSIONMOVED:
    case ZINVALIDSTATE:
    case ZCLOSING:
      return Error(absl::StatusCode::kUnavailable, "{}", zerror(code));
    default:
      return Error(absl::StatusCode::kFailedPrecondition, "{}: {}", path, zerror(code));
  }
}

// One call that waits in the library. It is freed by its completion, which comes exactly once.
template <typename T>
struct Waiting {
  Executor executor;
  std::shared_ptr<OneShot<T>> shot;
  std::string path;

  void Finish(StatusOr<T> result) {
    boost::asio::post(executor, [shot = std::move(shot), result = std::move(result)]() mutable {
      shot->Set(std::move(result));
    });
    delete this;
  }
};

void OnData(int code, const char* value, int size, const struct Stat* stat, const void* data) {
  auto* waiting = static_cast<Waiting<Znode>*>(const_cast<void*>(data));
  if (code != ZOK) return waiting->Finish(ToStatus(code, waiting->path));
  if (size > kMaxZnodeBytes) {
    return waiting->Finish(
        Error(absl::StatusCode::kDataLoss, "{} holds {} bytes", waiting->path, size));
  }
  Znode node;
  if (size > 0) node.data.assign(value, static_cast<size_t>(size));
  node.czxid = stat->czxid;
  node.mzxid = stat->mzxid;
  node.mtime_ms = stat->mtime;
  node.ctime_ms = stat->ctime;
  waiting->Finish(std::move(node));
}

void OnChildren(int code, const struct String_vector* names, const struct Stat* stat,
                const void* data) {
  auto* waiting = static_cast<Waiting<ZnodeChildren>*>(const_cast<void*>(data));
  if (code != ZOK) return waiting->Finish(ToStatus(code, waiting->path));
  ZnodeChildren children;
  children.names.assign(names->data, names->data + names->count);
  children.cversion = stat->cversion;
  waiting->Finish(std::move(children));
}

void OnSynced(int code, const char*, const void* data) {
  auto* waiting = static_cast<Waiting<bool>*>(const_cast<void*>(data));
  if (code != ZOK) return waiting->Finish(ToStatus(code, waiting->path));
  waiting->Finish(true);
}

}  // namespace

// Shared with the events that are still on their way to the executor.
struct ZkClient::Session {
  explicit Session(const Executor& e) : executor(e), wake(e, Deadline::max()) {}

  Executor executor;
  boost::asio::steady_timer wake;  // cancelled when something watched has changed
  zhandle_t* handle = nullptr;
  bool expired = false;
  bool changed = false;
  uint64_t changes = 0;

  void OnEvent(int type, int state) {
    if (type == ZOO_SESSION_EVENT) {
      if (state != ZOO_EXPIRED_SESSION_STATE && state != ZOO_AUTH_FAILED_STATE) return;
      expired = true;
    }
    changed = true;
    ++changes;
    wake.cancel();
  }

  // Called by the library's thread, for as long as the handle is open; the session outlives it.
  static void Watch(zhandle_t*, int type, int state, const char*, void* context) {
    auto* weak = static_cast<std::weak_ptr<Session>*>(context);
    if (auto session = weak->lock()) {
      const Executor executor = session->executor;
      boost::asio::post(
          executor, [session = std::move(session), type, state] { session->OnEvent(type, state); });
    }
  }

  std::weak_ptr<Session> self;
};

ZkClient::ZkClient(const Executor& executor, std::string quorum, std::chrono::milliseconds patience)
    : executor_(executor), quorum_(std::move(quorum)), patience_(patience) {}

ZkClient::~ZkClient() {
  if (session_ && session_->handle) zookeeper_close(session_->handle);
}

StatusOr<std::shared_ptr<ZkClient::Session>> ZkClient::Connected() {
  if (session_ && session_->handle && !session_->expired) return session_;
  const bool had_watches = session_ != nullptr;
  const uint64_t changes = this->changes() + (had_watches ? 1 : 0);
  if (session_ && session_->handle) zookeeper_close(std::exchange(session_->handle, nullptr));
  zoo_set_debug_level(static_cast<ZooLogLevel>(0));
  session_ = std::make_shared<Session>(executor_);
  session_->self = session_;
  session_->changed = had_watches;
  session_->changes = changes;
  session_->handle = zookeeper_init(quorum_.c_str(), &Session::Watch, kSessionTimeoutMs, nullptr,
                                    &session_->self, 0);
  if (session_->handle == nullptr) {
    return NoAnswer(fmt::format("the quorum cannot be used ({})", std::strerror(errno)));
  }
  zoo_set_servers_resolution_delay(session_->handle, kResolveAgainMs);
  return session_;
}

Status ZkClient::NoAnswer(std::string_view why) const {
  return Error(absl::StatusCode::kUnavailable,
               "no ZooKeeper answers at {}: {}; is the quorum right, and is it running?", quorum_,
               why);
}

namespace {

// Asks until the answer is not about the connection, or `patience` has passed.
template <typename T>
Task<StatusOr<T>> AskUntil(Executor executor, std::string path, Deadline deadline,
                           std::function<Status(Waiting<T>*)> start) {
  while (true) {
    auto shot = std::make_shared<OneShot<T>>(executor);
    auto* waiting = new Waiting<T>{executor, shot, path};
    if (Status status = start(waiting); !status.ok()) {
      delete waiting;
      shot->Set(std::move(status));
    }
    StatusOr<T> result = co_await shot->Wait(deadline);
    const bool again = result.status().code() == absl::StatusCode::kUnavailable;
    if (!again || std::chrono::steady_clock::now() + kPauseBeforeRetry >= deadline)
      co_return result;
    co_await SleepFor(kPauseBeforeRetry);
  }
}

bool IsAboutTheConnection(const Status& status) {
  return status.code() == absl::StatusCode::kUnavailable ||
         status.code() == absl::StatusCode::kDeadlineExceeded;
}

}  // namespace

Task<StatusOr<Znode>> ZkClient::Get(std::string path, bool watch) {
  const std::function<Status(Waiting<Znode>*)> start = [this, path,
                                                        watch](Waiting<Znode>* waiting) {
    ASSIGN_OR_RETURN(const std::shared_ptr<Session> session, Connected());
    const int code = zoo_aget(session->handle, path.c_str(), watch ? 1 : 0, &OnData, waiting);
    return code == ZOK ? absl::OkStatus() : ToStatus(code, path);
  };
  StatusOr<Znode> result = co_await AskUntil<Znode>(executor_, path, After(patience_), start);
  if (IsAboutTheConnection(result.status())) {
    co_return NoAnswer(fmt::format("tried for {} s", patience_.count() / 1000));
  }
  co_return result;
}

Task<StatusOr<ZnodeChildren>> ZkClient::Children(std::string path, bool watch) {
  const std::function<Status(Waiting<ZnodeChildren>*)> start =
      [this, path, watch](Waiting<ZnodeChildren>* waiting) {
        ASSIGN_OR_RETURN(const std::shared_ptr<Session> session, Connected());
        const int code =
            zoo_aget_children2(session->handle, path.c_str(), watch ? 1 : 0, &OnChildren, waiting);
        return code == ZOK ? absl::OkStatus() : ToStatus(code, path);
      };
  StatusOr<ZnodeChildren> result =
      co_await AskUntil<ZnodeChildren>(executor_, path, After(patience_), start);
  if (IsAboutTheConnection(result.status())) {
    co_return NoAnswer(fmt::format("tried for {} s", patience_.count() / 1000));
  }
  co_return result;
}

Task<Status> ZkClient::Sync(std::string path) {
  const std::function<Status(Waiting<bool>*)> start = [this, path](Waiting<bool>* waiting) {
    ASSIGN_OR_RETURN(const std::shared_ptr<Session> session, Connected());
    const int code = zoo_async(session->handle, path.c_str(), &OnSynced, waiting);
    return code == ZOK ? absl::OkStatus() : ToStatus(code, path);
  };
  const StatusOr<bool> result = co_await AskUntil<bool>(executor_, path, After(patience_), start);
  if (IsAboutTheConnection(result.status())) {
    co_return NoAnswer(fmt::format("tried for {} s", patience_.count() / 1000));
  }
  co_return result.status();
}

uint64_t ZkClient::changes() const { return session_ ? session_->changes : 0; }

Task<bool> ZkClient::WaitForChange(std::chrono::milliseconds time) {
  if (!session_) {
    co_await SleepFor(time);
    co_return false;
  }
  const std::shared_ptr<Session> session = session_;
  if (!session->changed) {
    session->wake.expires_after(time);
    co_await session->wake.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
  co_return std::exchange(session->changed, false);
}

}  // namespace twinwatch::zk
