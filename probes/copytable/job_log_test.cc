#include "probes/copytable/job_log.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace twinwatch::copytable {
namespace {

class JobLogTest : public ::testing::Test {
 protected:
  JobLogTest() {
    char folder[] = "/tmp/tw-job-log-XXXXXX";
    path_ = std::string(mkdtemp(folder)) + "/log";
  }
  ~JobLogTest() override {
    unlink(path_.c_str());
    rmdir(path_.substr(0, path_.rfind('/')).c_str());
  }

  std::string Content() const {
    std::ifstream file(path_);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  std::string path_;
};

TEST_F(JobLogTest, LinesAreThereAtOnceAndForTheOwnerAlone) {
  StatusOr<JobLog> log = JobLog::Create(path_);
  ASSERT_TRUE(log.ok()) << log.status();
  log->Write("one");
  log->Write("");
  EXPECT_EQ("one\n\n", Content());
  struct stat found {};
  ASSERT_EQ(0, stat(path_.c_str(), &found));
  EXPECT_EQ(0600u, found.st_mode & 0777u);
}

TEST_F(JobLogTest, AppendedToOrBegunAgain) {
  JobLog::Create(path_)->Write("one");
  JobLog::Append(path_)->Write("two");
  EXPECT_EQ("one\ntwo\n", Content());
  JobLog::Create(path_)->Write("three");
  EXPECT_EQ("three\n", Content());
}

TEST_F(JobLogTest, IsBounded) {
  StatusOr<JobLog> log = JobLog::Create(path_, 10);
  log->Write("12345");
  log->Write("1234");
  log->Write("1");
  EXPECT_EQ("12345\n... (the log is full)\n", Content());
}

TEST_F(JobLogTest, AFolderThatIsNotThere) {
  const Status status = JobLog::Create("/no/such/folder/log").status();
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, status.code());
  EXPECT_THAT(std::string(Text(status)), ::testing::HasSubstr("/no/such/folder/log"));
}

}  // namespace
}  // namespace twinwatch::copytable
