#include "theater/api/node_service.h"

#include "theater/base/log.h"
#include "theater/base/thread_name.h"

#include <stop_token>
#include <utility>

namespace theater::api {

NodeService::NodeService(NodeParts parts, TokenLookup& tokens)
    : parts_(std::move(parts)),
      feed_(parts_.runtime, parts_.handlers, parts_.log_folder),
      lines_(parts_.runtime, parts_.lines),
      access_record_(parts_.log, parts_.log_folder, tokens),
      waiting_(tokens, parts_.log),
      jobs_("api jobs", kJobThreads, kJobsQueuedMax),
      once_({.runtime = parts_.runtime,
             .clock = clock_,
             .jobs = jobs_,
             .log = parts_.log,
             .log_folder = parts_.log_folder}) {}

void NodeService::set_ready() {
  ready_.store(true, std::memory_order_release);
  key_reader_ = std::jthread([this](const std::stop_token& stop) {
    name_this_thread("api keys");
    auto read = once_.read_log(stop);
    if (read || stop.stop_requested()) return;
    log_line(LogLevel::kError, {.actor = {}, .part = "api"},
             "requests with Idempotency-Key are refused: {}", read.error().to_string());
  });
}

void NodeService::run_job(const ApiReply& reply, std::function<void()> work) {
  if (jobs_.submit(std::move(work))) return;
  reply.fail(kResourceExhausted, "the server has too much to do; try again later");
}

void NodeService::stop() {
  feed_.stop();
  lines_.stop();
  key_reader_.request_stop();
  if (key_reader_.joinable()) key_reader_.join();
  jobs_.stop();
  waiting_.stop();
  access_record_.stop();
}

}  // namespace theater::api
