// A table of jobs, each run so many times at regular intervals; when all are done the actor ends.
//
// The initial state is the table, a job a line: its name, its period in milliseconds, and how often
// it runs. The request `jobs` asks for the jobs that are left.
#include <theater/intervals.hpp>
#include <theater/message_server.hpp>

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

namespace cron {

using theater::Reply;
using theater::Result;
using theater::Status;

struct Job {
  std::string name;
  uint64_t every_ms = 0;
  uint64_t left = 0;
  THEATER_FIELDS(name, every_ms, left)
};

// The next word of a line, which is cut off it.
inline std::string_view take_word(std::string_view& line) {
  size_t begin = std::min(line.find_first_not_of(' '), line.size());
  size_t end = std::min(line.find(' ', begin), line.size());
  std::string_view word = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return word;
}

inline Result<Job> parse_job(std::string_view line) {
  Job job{.name = std::string(take_word(line))};
  for (uint64_t* number : {&job.every_ms, &job.left}) {
    std::string_view word = take_word(line);
    const char* end = word.data() + word.size();
    auto [stop, error] = std::from_chars(word.data(), end, *number);
    if (word.empty() || error != std::errc() || stop != end || *number == 0) {
      return theater::fail(
          "a line of the table is `name period-in-ms times`, both above 0; not of " + job.name);
    }
  }
  return job;
}

struct Cron {
  std::vector<Job> jobs;
  uint64_t missed = 0;
  THEATER_FIELDS(jobs, missed)

  Status init(std::string_view, std::string_view table) {
    while (!table.empty()) {
      std::string_view line = table.substr(0, table.find('\n'));
      table.remove_prefix(std::min(line.size() + 1, table.size()));
      if (line.empty()) continue;
      jobs.push_back(THEATER_TRY(parse_job(line)));
      THEATER_TRY_VOID(theater::start_interval(jobs.back().name, jobs.back().every_ms));
    }
    if (jobs.empty()) return theater::fail("the table has no job");
    return {};
  }

  // A job that comes too late is run once, however often it was missed.
  Status handle_tick(std::string_view name, uint64_t ticks_missed) {
    missed += ticks_missed;
    uint64_t left = 0;
    for (Job& job : jobs) {
      if (job.name == name && job.left > 0) {
        --job.left;
        theater::log("running " + job.name);
        if (job.left == 0) THEATER_TRY_VOID(theater::stop_interval(name));
      }
      left += job.left;
    }
    if (left > 0) return {};
    theater::log("all jobs are done");
    return theater::shutdown(std::nullopt);
  }

  Result<Reply> handle_request(std::string_view, std::string_view message) {
    if (message != "jobs") return theater::fail("the only request is `jobs`");
    std::string text;
    for (const Job& job : jobs)
      text += job.name + ": " + std::to_string(job.left) + " to go\n";
    return text + "missed: " + std::to_string(missed);
  }
};

}  // namespace cron

THEATER_ACTOR(cron::Cron)
THEATER_INTERVAL_HANDLERS(cron::Cron)
THEATER_MESSAGE_SERVER_CLIENT(cron::Cron)
