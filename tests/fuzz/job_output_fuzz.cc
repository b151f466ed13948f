// What a MapReduce client prints, and row keys on CopyTable's command line.
#include <string>

#include "probes/copytable/applications.h"
#include "probes/copytable/copy_arguments.h"
#include "probes/copytable/job_output.h"
#include "probes/process/line_splitter.h"
#include "probes/process/process_table.h"
#include "tests/fuzz/fuzz.h"

using namespace twinwatch;

namespace {

struct Read {
  copytable::JobOutput output;
  std::vector<std::string> lines;
};

Read ReadAll(std::string_view text, size_t step) {
  Read read;
  process::LineSplitter splitter(256);
  const auto take = [&](std::string_view line) {
    const CopyProgress before = read.output.progress();
    fuzz::Require(read.output.Take(line) == (read.output.progress() != before), "news is told");
    fuzz::Require(read.output.progress().share >= before.share && read.output.progress().share <= 1,
                  "progress goes up to 1");
    read.lines.emplace_back(line);
  };
  for (size_t at = 0; at < text.size(); at += step) splitter.Push(text.substr(at, step), take);
  splitter.Finish(take);
  return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::View(data, size);
  const Read whole = ReadAll(text, size + 1);
  const Read single = ReadAll(text, 1);
  fuzz::Require(whole.lines == single.lines, "any split gives the same lines");
  fuzz::Require(whole.output.progress() == single.output.progress(), "and the same progress");
  fuzz::Require(!whole.output.completed() || whole.output.over(), "what is completed is over");
  fuzz::Require(whole.output.LastWords().size() < 2000, "last words are few");
  const std::string id = whole.output.progress().application_id;
  fuzz::Require(copytable::FindApplicationId(id) == id, "an id is one");
  (void)copytable::StateIn(whole.lines);
  (void)copytable::IsForgotten(whole.lines);
  (void)copytable::SaysNoJobs(whole.lines);
  (void)process::ParseProcessStat(text);

  CopyRequest request;
  request.tag = "t";
  request.table.qualifier = "a";
  request.target_table.qualifier = "b";
  request.source_key = request.target_key = "zk:2181:/hbase";
  request.range.start = text;
  request.families = {std::string(text)};
  if (const auto words = copytable::CopyArguments(request); words.ok()) {
    for (const std::string& word : *words) {
      fuzz::Require(word.find_first_of(" \n\r\t") == std::string::npos, "no blanks in a word");
    }
  }
  return 0;
}
