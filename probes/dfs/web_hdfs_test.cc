// Against scripted NameNodes and DataNodes on loopback, which answer what HDFS 3.3 was seen to.
#include "probes/dfs/web_hdfs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <list>

#include "tests/support/scripted_http.h"

namespace twinwatch::dfs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using twinwatch::testing::ScriptedHttp;

std::string Answer(int status, std::string_view body, std::string_view more = "") {
  return fmt::format("HTTP/1.1 {} X\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), more,
                     body);
}

std::string Exception(int status, std::string_view name, std::string_view message) {
  return Answer(status,
                fmt::format(R"({{"RemoteException":{{"exception":"{}","javaClassName":"x.{}",)"
                            R"("message":"{}"}}}})",
                            name, name, message));
}

http::Url At(const ScriptedHttp& server) { return {"127.0.0.1", server.port(), "/"}; }

class WebHdfsTest : public ::testing::Test {
 protected:
  ScriptedHttp& Serve(ScriptedHttp::Handler handler) {
    return servers_.emplace_back(&io_, std::move(handler));
  }

  template <typename T>
  T Run(Task<T> task) {
    std::optional<T> out;
    Spawn(io_.get_executor(), Store(std::move(task), &out));
    io_.restart();
    io_.run_for(std::chrono::seconds(20));
    return *std::move(out);
  }

  template <typename T>
  Task<void> Store(Task<T> task, std::optional<T>* out) {
    *out = co_await std::move(task);
    io_.stop();
  }

  WebHdfs Files(std::vector<http::Url> name_nodes) {
    return WebHdfs(io_.get_executor(), std::move(name_nodes), "me", bucket_);
  }

  boost::asio::io_context io_;
  std::list<ScriptedHttp> servers_;
  std::shared_ptr<RequestBucket> bucket_ = std::make_shared<RequestBucket>(1000);
};

TEST_F(WebHdfsTest, TheDataNodeSaysHowLongItIs) {
  ScriptedHttp& data_node = Serve([](const std::string&) {
    return "HTTP/1.1 200 OK\r\nContent-Length: 7915740\r\n\r\nPWAL\x50" + std::string(90'000, 'x');
  });
  const std::string to = fmt::format("Location: http://{}/webhdfs/v1/a?op=OPEN&offset=0\r\n",
                                     At(data_node).HostPort());
  ScriptedHttp& name_node = Serve([&to](const std::string&) { return Answer(307, "", to); });
  WebHdfs files = Files({At(name_node)});
  const auto start = Run(files.Open("/hbase/WALs/h,1,2/h%2C1.17", After(std::chrono::seconds(10))));
  ASSERT_TRUE(start.ok()) << start.status();
  EXPECT_EQ(start->bytes, 7'915'740u);
  EXPECT_EQ(start->prefix, "PWAL\x50" + std::string(11, 'x'));
  EXPECT_THAT(name_node.heads().at(0),
              StartsWith("GET /webhdfs/v1/hbase/WALs/h%2C1%2C2/h%252C1.17?op=OPEN&user.name=me "));
  EXPECT_THAT(data_node.heads().at(0), StartsWith("GET /webhdfs/v1/a?op=OPEN&offset=0 "));
}

// What a DataNode answers of a file that has `bytes` now.
std::string Opened(const std::string& head, uint64_t bytes) {
  const size_t at = head.find("offset=");
  const uint64_t offset = std::stoull(head.substr(at + 7));
  if (offset > bytes) return Exception(403, "EOFException", "Cannot seek after EOF");
  const std::string whole = "PWAL\x50" + std::string(bytes - 5, 'x');
  return Answer(200, whole.substr(offset), "Connection: close\r\n");
}

class OpenAgain : public WebHdfsTest {
 protected:
  StatusOr<FileStart> Open() { return Run(files_.Open("/a", After(std::chrono::seconds(10)))); }

  // Of a DataNode's answers the one that a test wants to be different.
  std::string Next(const std::string& head) {
    if (!odd_) return Opened(head, bytes_);
    return *std::exchange(odd_, std::nullopt);
  }

  uint64_t bytes_ = 1000;
  std::optional<std::string> odd_;
  bool name_node_fails_ = false;
  ScriptedHttp& data_node_ = Serve([this](const std::string& head) { return Next(head); });
  ScriptedHttp& name_node_ = Serve([this](const std::string&) {
    if (name_node_fails_) return Exception(404, "FileNotFoundException", "File /a not found.");
    return Answer(307, "",
                  fmt::format("Location: http://{}/webhdfs/v1/a?op=OPEN&offset=0&user.name=me\r\n",
                              At(data_node_).HostPort()));
  });
  WebHdfs files_ = Files({At(name_node_)});
};

TEST_F(OpenAgain, TheDataNodeIsAskedForWhatWasAdded) {
  for (const uint64_t bytes : {1000, 1000, 1300, 1310}) {
    bytes_ = bytes;
    const auto start = Open();
    ASSERT_TRUE(start.ok()) << start.status();
    EXPECT_EQ(start->bytes, bytes);
    EXPECT_EQ(start->prefix, "PWAL\x50" + std::string(11, 'x'));
  }
  EXPECT_EQ(name_node_.heads().size(), 1u);
  ASSERT_EQ(data_node_.heads().size(), 4u);
  EXPECT_THAT(data_node_.heads()[0], HasSubstr("?op=OPEN&offset=0&user.name=me "));
  EXPECT_THAT(data_node_.heads()[2], HasSubstr("?op=OPEN&offset=1000&user.name=me "));
  EXPECT_THAT(data_node_.heads()[3], HasSubstr("?op=OPEN&offset=1300&user.name=me "));
}

TEST_F(OpenAgain, AnAnswerThatIsOddIsNoneAndTheNameNodeIsAsked) {
  for (const std::string& odd :
       {Exception(404, "FileNotFoundException", "File /a not found."),
        Exception(403, "StandbyException", "no"), std::string("HTTP/1.1 200 OK\r\nContent-Le"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n") +
            std::string(9000, 'x'),
        std::string()}) {
    ASSERT_TRUE(Open().ok());
    const size_t asked = name_node_.heads().size();
    odd_ = odd;
    const auto start = Open();
    ASSERT_TRUE(start.ok()) << odd << start.status();
    EXPECT_EQ(start->bytes, 1000u) << odd;
    EXPECT_EQ(name_node_.heads().size(), asked + 1) << odd;
    EXPECT_FALSE(odd_);
  }
}

TEST_F(OpenAgain, ADataNodeThatFailedIsNotAskedFirstAgain) {
  ASSERT_TRUE(Open().ok());
  odd_ = "";
  name_node_fails_ = true;
  EXPECT_FALSE(Open().ok());
  name_node_fails_ = false;
  const size_t asked = data_node_.heads().size();
  ASSERT_TRUE(Open().ok());
  ASSERT_EQ(data_node_.heads().size(), asked + 1);
  EXPECT_THAT(data_node_.heads().back(), HasSubstr("offset=0&"));
}

// The last block was cut when its writer died.
TEST_F(OpenAgain, AFileThatIsShorterNowIsReadAnew) {
  ASSERT_TRUE(Open().ok());
  bytes_ = 900;
  const auto start = Open();
  ASSERT_TRUE(start.ok()) << start.status();
  EXPECT_EQ(start->bytes, 900u);
}

TEST_F(OpenAgain, ABeginningThatIsNotAllThereIsReadAgain) {
  for (const uint64_t bytes : {5, 15, 90}) {
    bytes_ = bytes;
    const auto start = Open();
    ASSERT_TRUE(start.ok()) << start.status();
    EXPECT_EQ(start->prefix.size(), std::min<uint64_t>(bytes, 16));
  }
  EXPECT_EQ(name_node_.heads().size(), 3u);
}

TEST_F(WebHdfsTest, TheStandbyIsPassedOverAndTheActiveOneRemembered) {
  ScriptedHttp& standby = Serve([](const std::string&) {
    return Exception(403, "StandbyException", "Operation category READ is not supported");
  });
  ScriptedHttp& active = Serve([](const std::string&) {
    return Exception(404, "FileNotFoundException", "File /a not found.");
  });
  WebHdfs files = Files({At(standby), At(active)});
  for (int i = 0; i < 2; ++i) {
    const auto start = Run(files.Open("/a", After(std::chrono::seconds(10))));
    EXPECT_EQ(start.status().code(), absl::StatusCode::kNotFound);
  }
  EXPECT_EQ(standby.heads().size(), 1u);
  EXPECT_EQ(active.heads().size(), 2u);
}

TEST_F(WebHdfsTest, NoActiveOneEndsIt) {
  ScriptedHttp& standby =
      Serve([](const std::string&) { return Exception(403, "StandbyException", "no"); });
  WebHdfs files = Files({At(standby), At(standby)});
  const auto start = Run(files.Open("/a", After(std::chrono::seconds(10))));
  EXPECT_EQ(start.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(standby.heads().size(), 2u);
}

TEST_F(WebHdfsTest, A404OfSomebodyElseIsNoMissingFile) {
  ScriptedHttp& other =
      Serve([](const std::string&) { return Answer(404, "<html>not here</html>"); });
  WebHdfs files = Files({At(other)});
  const auto start = Run(files.Open("/a", After(std::chrono::seconds(10))));
  EXPECT_EQ(start.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(start.status().message()), HasSubstr("answers 404"));
}

TEST_F(WebHdfsTest, HttpsIsNotSpoken) {
  WebHdfs files = Files({*http::Url::Parse("https://127.0.0.1:1/")});
  EXPECT_EQ(Run(files.Open("/a", After(std::chrono::seconds(10)))).status().code(),
            absl::StatusCode::kUnimplemented);
}

TEST_F(WebHdfsTest, WhoAnswersByItselfNamesNoDataNode) {
  ScriptedHttp& http_fs = Serve([](const std::string&) { return Answer(200, "PWAL"); });
  WebHdfs files = Files({At(http_fs)});
  EXPECT_EQ(Run(files.Open("/a", After(std::chrono::seconds(10)))).status().code(),
            absl::StatusCode::kUnimplemented);
}

TEST_F(WebHdfsTest, TheCapHoldsForAllAndWaitingEndsInTime) {
  bucket_ = std::make_shared<RequestBucket>(1);
  ScriptedHttp& name_node = Serve([](const std::string&) {
    return Exception(404, "FileNotFoundException", "File /a not found.");
  });
  WebHdfs one = Files({At(name_node)});
  WebHdfs other = Files({At(name_node)});
  const auto soon = std::chrono::milliseconds(300);
  EXPECT_EQ(Run(one.Open("/a", After(soon))).status().code(), absl::StatusCode::kNotFound);
  const auto late = Run(other.Open("/a", After(soon)));
  EXPECT_EQ(late.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(late.status().message()), HasSubstr("webhdfs.requests_per_second"));
  EXPECT_EQ(name_node.heads().size(), 1u);
}

TEST_F(WebHdfsTest, Folders) {
  ScriptedHttp& name_node = Serve([](const std::string& head) {
    if (head.find("/none?") != std::string::npos)
      return Exception(404, "FileNotFoundException", "File does not exist: /none");
    return Answer(200, R"({"FileStatus":{"length":0,"pathSuffix":"","type":"DIRECTORY"}})");
  });
  WebHdfs files = Files({At(name_node)});
  EXPECT_TRUE(*Run(files.HasFolder("/a", After(std::chrono::seconds(10)))));
  EXPECT_FALSE(*Run(files.HasFolder("/none", After(std::chrono::seconds(10)))));
}

// As Hadoop 3.3 answers.
TEST_F(WebHdfsTest, Lists) {
  ScriptedHttp& name_node = Serve([](const std::string& head) {
    if (head.find("/none?") != std::string::npos)
      return Exception(404, "FileNotFoundException", "File /none does not exist.");
    return Answer(200, R"({"FileStatuses":{"FileStatus":[
{"accessTime":0,"blockSize":0,"childrenNum":2,"fileId":16390,"group":"supergroup","length":0,"modificationTime":1,
 "owner":"me","pathSuffix":"cf","permission":"755","replication":0,"storagePolicy":0,"type":"DIRECTORY"},
{"accessTime":1,"blockSize":134217728,"childrenNum":0,"fileId":16391,"group":"supergroup","length":41,
 "modificationTime":1,"owner":"me","pathSuffix":".regioninfo","permission":"644","replication":1,"storagePolicy":0,
 "type":"FILE"}
]}})");
  });
  WebHdfs files = Files({At(name_node)});
  const auto entries = Run(files.List("/hbase/data", After(std::chrono::seconds(10))));
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_THAT(*entries, ElementsAre(FolderEntry{"cf", true}, FolderEntry{".regioninfo", false}));
  EXPECT_THAT(name_node.heads().at(0),
              StartsWith("GET /webhdfs/v1/hbase/data?op=LISTSTATUS&user.name=me "));
  EXPECT_EQ(Run(files.List("/none", After(std::chrono::seconds(10)))).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(WebHdfsTest, AListThatIsCutOffIsAnError) {
  ScriptedHttp& name_node = Serve([](const std::string&) {
    return Answer(200, R"({"FileStatuses":{"FileStatus":[]}})" + std::string(5u << 20, ' '));
  });
  WebHdfs files = Files({At(name_node)});
  EXPECT_EQ(Run(files.List("/a", After(std::chrono::seconds(10)))).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(WebHdfsListing, WhatIsNoneIsAnError) {
  for (const char* bad : {"", "{}", "[1]", R"({"FileStatuses":{"FileStatus":[{"type":"FILE"}]}})",
                          R"({"FileStatuses":{"FileStatus":[{"pathSuffix":1,"type":"FILE"}]}})"}) {
    EXPECT_EQ(ParseListing(bad).status().code(), absl::StatusCode::kDataLoss) << bad;
  }
  const auto odd = ParseListing(R"({"FileStatuses":{"FileStatus":[{"pathSuffix":"","type":"FILE"},
      {"pathSuffix":"../a","type":"DIRECTORY"}]}})");
  ASSERT_TRUE(odd.ok()) << odd.status();
  EXPECT_TRUE(odd->empty());
}

TEST(WebHdfsErrors, WhatTheyAre) {
  const auto code = [](int status, std::string body) {
    http::Response response;
    response.status = status;
    response.body = std::move(body);
    return ErrorOf(response, "nn:1").code();
  };
  const auto body = [](std::string_view name) {
    return fmt::format(R"({{"RemoteException":{{"exception":"{}","message":"m \"q\""}}}})", name);
  };
  EXPECT_EQ(code(403, body("AccessControlException")), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(code(403, body("SafeModeException")), absl::StatusCode::kUnavailable);
  EXPECT_EQ(code(401, ""), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(code(400, body("CannotObtainBlockLengthException")),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code(500, R"({"RemoteException":{"exception":"x\)"),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace twinwatch::dfs
