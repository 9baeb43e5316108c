#include "theater/api/api_server.h"

#include "theater/api/management_api.h"

#include <utility>

namespace theater::api {

ApiServer::ApiServer(NodeParts parts, AccessRules rules, const HttpLimits& limits)
    : rules_(std::move(rules)),
      service_(std::move(parts), rules_.tokens),
      loop_("api"),
      http_(HttpServer::create(loop_, management_api(service_, rules_),
                               {.limits = limits, .clock = &clock_})) {}

ApiServer::~ApiServer() {
  close(std::chrono::milliseconds(0));
}

Result<void> ApiServer::listen_unix(const std::filesystem::path& path, SocketUsers users) {
  return http_->listen_unix(path, users);
}

Result<uint16_t> ApiServer::listen_tcp(const std::string& address, uint16_t port,
                                       const TlsIdentity* identity) {
  if (identity != nullptr && tls_ == nullptr) tls_ = THEATER_TRY(TlsContext::for_server(*identity));
  return http_->listen_tcp(address, port, identity == nullptr ? nullptr : tls_.get());
}

void ApiServer::stop_taking() {
  if (http_ == nullptr) return;
  http_->stop_accepting();
  service_.stop();
}

void ApiServer::close(std::chrono::milliseconds limit) {
  stop_taking();
  if (http_ == nullptr) return;
  http_->close(limit);
  http_.reset();
}

}  // namespace theater::api
