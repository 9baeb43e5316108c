#include "theater/api/node_service.h"

#include <utility>

namespace theater::api {

NodeService::NodeService(NodeParts parts, TokenLookup& tokens)
    : parts_(std::move(parts)),
      feed_(parts_.runtime, parts_.handlers, parts_.log_folder),
      access_record_(parts_.log, parts_.log_folder, tokens),
      jobs_(kJobThreads, kJobsQueuedMax) {}

void NodeService::run_job(const ApiReply& reply, std::function<void()> work) {
  if (jobs_.submit(std::move(work))) return;
  reply.fail(kResourceExhausted, "the server has too much to do; try again later");
}

void NodeService::stop() {
  feed_.stop();
  jobs_.stop();
  access_record_.stop();
}

}  // namespace theater::api
