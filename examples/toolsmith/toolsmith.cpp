// An agent that lets a model write programs: it asks the model, runs the Python in its answer, and
// gives the model what the program printed, until the model answers in words.
//
// A question is a request that is answered later, since a program may take seconds. Meanwhile the
// actor takes other calls. It waits for the model itself, which is simpler than the streams of
// llm-agent.
#include <theater/message_server.hpp>
#include <theater/process.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "model.h"

namespace toolsmith {

using theater::Reply;

// Bounds that keep the state small: the questions at once, the bytes of a program, those of each
// output that the model sees, and those that a program may print before it is killed.
inline constexpr size_t kJobsMax = 4;
inline constexpr size_t kProgramBytesMax = size_t{64} << 10;
inline constexpr size_t kShownBytesMax = 4096;
inline constexpr uint64_t kPrintedBytesMax = uint64_t{64} << 10;

// From a question to its answer.
struct Job {
  std::string request;          // The id of the request that waits for an answer.
  std::string messages = "[]";  // What was said so far: a JSON array.
  uint64_t programs = 0;        // Those that were started.
  uint64_t process = 0;         // The one that runs.
  uint64_t printed = 0;         // Bytes.
  std::string out;              // The beginning of each output.
  std::string err;
  THEATER_FIELDS(request, messages, programs, process, printed, out, err)

  bool prints_too_much() const { return printed > kPrintedBytesMax; }

  Status say(std::string_view role, std::string_view content) {
    Value all = THEATER_TRY(theater::json::parse(messages));
    messages = all.push(message(role, content)).dump();
    return {};
  }
};

struct Toolsmith {
  // These come from the initial state.
  std::string endpoint;              // Such as https://api.openai.com/v1.
  std::string model;                 // Its name there.
  std::string instructions;          // The system message.
  std::vector<std::string> command;  // Reads a program from its input.
  uint64_t seconds = 10;             // Of one program.
  uint64_t programs_max = 3;         // For one question.
  // The agent's own.
  std::vector<Job> jobs;
  THEATER_FIELDS(endpoint, model, instructions, command, seconds, programs_max, jobs)

  Status init(std::string_view) {
    if (!endpoint.empty() && !model.empty() && !command.empty()) return {};
    return theater::fail(R"(the initial state must have "endpoint", "model" and "command")");
  }

  Result<Reply> handle_request(std::string_view id, std::string_view question) {
    forget_abandoned();
    if (jobs.size() >= kJobsMax) {
      return theater::fail("busy with " + std::to_string(kJobsMax) + " questions");
    }
    Job job;
    job.request = id;
    THEATER_TRY_VOID(job.say("system", instructions));
    THEATER_TRY_VOID(job.say("user", question));
    auto answer = advance(job);
    if (!answer) return Reply(apology(answer.error()));
    if (*answer) return Reply(**answer);
    jobs.push_back(std::move(job));
    return theater::later;
  }

  Status handle_stdout(uint64_t process, std::string_view bytes) {
    return take(process, bytes, &Job::out);
  }

  Status handle_stderr(uint64_t process, std::string_view bytes) {
    return take(process, bytes, &Job::err);
  }

  Status handle_exit(uint64_t process, int32_t exit_code) {
    auto job = find(process);
    if (job == jobs.end()) return {};
    std::string report = report_of(*job, exit_code);
    theater::log(report);
    // The model costs money: not for a requester that has gone.
    if (!is_awaited(*job)) return finish(job, report);
    THEATER_TRY_VOID(job->say("user", report));
    auto answer = advance(*job);
    if (!answer) return finish(job, apology(answer.error()));
    return *answer ? finish(job, **answer) : Status();
  }

 private:
  using Place = std::vector<Job>::iterator;

  Place find(uint64_t process) {
    return std::find_if(jobs.begin(), jobs.end(),
                        [&](const Job& job) { return job.process == process; });
  }

  // Asks the model. None if its answer is a program, which then runs; else the answer.
  Result<std::optional<std::string>> advance(Job& job) const {
    std::string said = THEATER_TRY(ask_model(endpoint, model, job.messages));
    auto program = program_in(said);
    if (!program) return said;
    if (job.programs >= programs_max) {
      return theater::fail("the model has written " + std::to_string(programs_max) +
                           " programs and wants to run another one");
    }
    THEATER_TRY_VOID(job.say("assistant", said));
    THEATER_TRY_VOID(start(job, *program));
    return std::nullopt;
  }

  Status start(Job& job, std::string_view program) const {
    if (program.size() > kProgramBytesMax) {
      return theater::fail("the model's program is longer than " +
                           std::to_string(kProgramBytesMax) + " bytes");
    }
    theater::process::Config config{.program = command.front(), .timeout_s = seconds};
    config.args.assign(command.begin() + 1, command.end());
    job.process = THEATER_TRY(theater::process::spawn(config));
    ++job.programs;
    job.printed = 0;
    job.out.clear();
    job.err.clear();
    theater::log("program " + std::to_string(job.programs) + " begins");
    // There is room for it. If the process has ended already, handle_exit says so.
    (void)theater::process::write_stdin(job.process, program);
    (void)theater::process::close_stdin(job.process);
    return {};
  }

  Status take(uint64_t process, std::string_view bytes, std::string Job::* output) {
    auto job = find(process);
    if (job == jobs.end() || job->prints_too_much()) return {};
    std::string& shown = (*job).*output;
    shown += bytes.substr(0, kShownBytesMax - std::min(shown.size(), kShownBytesMax));
    job->printed += bytes.size();
    // It may have ended by itself.
    if (job->prints_too_much()) (void)theater::process::kill(process);
    return {};
  }

  // What became of a program, for the model and for people.
  std::string report_of(const Job& job, int32_t exit_code) const {
    std::string text = "The program ended with exit code " + std::to_string(exit_code) + ".";
    if (exit_code > 128) {
      text = "Signal " + std::to_string(exit_code - 128) + " ended the program, which has " +
             std::to_string(seconds) + " s.";
    }
    if (exit_code == theater::process::kLost) text = "The program was lost with the node.";
    if (job.prints_too_much()) {
      text = "The program was killed: it printed more than " + std::to_string(kPrintedBytesMax) +
             " bytes.";
    }
    if (!job.out.empty()) text += "\nIts output:\n" + job.out;
    if (!job.err.empty()) text += "\nIts errors:\n" + job.err;
    return text;
  }

  static std::string apology(const std::string& why) { return "sorry, no answer: " + why; }

  // Requests end with the instance that took them, and with their requesters.
  static bool is_awaited(const Job& job) {
    auto waiting = theater::list_outstanding_requests();
    return std::find(waiting.begin(), waiting.end(), job.request) != waiting.end();
  }

  void forget_abandoned() {
    std::erase_if(jobs, [](const Job& job) {
      if (is_awaited(job)) return false;
      (void)theater::process::kill(job.process);
      return true;
    });
  }

  // Answers the question. If its requester has gone, the answer is for the log.
  Status finish(Place job, const std::string& text) {
    if (auto answered = theater::respond_to_request(job->request, text); !answered) {
      theater::log("an answer for no one (" + answered.error() + "): " + text);
    }
    jobs.erase(job);
    return {};
  }
};

}  // namespace toolsmith

THEATER_ACTOR(toolsmith::Toolsmith)
THEATER_MESSAGE_SERVER_CLIENT(toolsmith::Toolsmith)
THEATER_PROCESS_HANDLERS(toolsmith::Toolsmith)
