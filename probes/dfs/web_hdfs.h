// HDFS over WebHDFS. The NameNode knows how long closed files are; of an open one only a DataNode
// that holds its last block knows. So a file is opened: the NameNode redirects to a DataNode, which
// answers with Content-Length, and little of the body is read. For a while the same DataNode is
// asked again then, for what has been added.
//
// With several NameNodes the active one is found by asking and remembered.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/api/request_bucket.h"
#include "probes/dfs/file_system.h"
#include "probes/dfs/opened_files.h"
#include "probes/http/address_book.h"
#include "probes/http/response_reader.h"
#include "probes/http/url.h"

namespace twinwatch::dfs {

class WebHdfs : public FileSystem {
 public:
  // `bucket` may be shared with others.
  WebHdfs(Executor executor, std::vector<http::Url> name_nodes, std::string user,
          std::shared_ptr<RequestBucket> bucket);

  std::string where() const override { return "at WebHDFS of " + name_nodes_[active_].HostPort(); }
  Task<StatusOr<FileStart>> Open(std::string path, Deadline deadline) override;
  Task<StatusOr<bool>> HasFolder(std::string path, Deadline deadline) override;
  Task<StatusOr<std::vector<FolderEntry>>> List(std::string path, Deadline deadline) override;
  Task<StatusOr<uint64_t>> FreeBytes(std::string path, Deadline deadline) override;

 private:
  Task<StatusOr<http::Response>> AskNameNode(std::string path, std::string op, size_t body_bytes,
                                             Deadline deadline);
  Task<StatusOr<FileStart>> AskDataNode(http::Url url, uint64_t offset, Deadline deadline);
  Task<std::optional<FileStart>> OpenAgain(std::string path, Deadline deadline);
  Task<StatusOr<http::Response>> Ask(http::Url url, size_t body_bytes, Deadline deadline);

  Executor executor_;
  std::vector<http::Url> name_nodes_;
  size_t active_ = 0;
  std::string user_;
  std::shared_ptr<RequestBucket> bucket_;
  std::shared_ptr<http::AddressBook> addresses_ = std::make_shared<http::AddressBook>();
  OpenedFiles opened_;
};

// What a response says that is neither a redirect nor fine, `server` in front: kNotFound (there is
// no such file), kUnavailable (of a standby too), kPermissionDenied, kUnauthenticated,
// kFailedPrecondition.
Status ErrorOf(const http::Response& response, const std::string& server);

// The answer to LISTSTATUS. kDataLoss for what is none.
StatusOr<std::vector<FolderEntry>> ParseListing(std::string_view json);

}  // namespace twinwatch::dfs
