#include "theater/api/node_service.h"

#include <utility>

namespace theater::api {

NodeService::NodeService(NodeParts parts)
    : parts_(std::move(parts)),
      feed_(parts_.runtime, parts_.handlers, parts_.log_folder),
      jobs_(kJobThreads, kJobsQueuedMax) {}

void NodeService::run_job(const ApiReply& reply, std::function<void()> work) {
  if (jobs_.submit(std::move(work))) return;
  reply.fail(kResourceExhausted, "the server has too much to do; try again later");
}

void NodeService::stop() {
  feed_.stop();
  jobs_.stop();
}

}  // namespace theater::api
