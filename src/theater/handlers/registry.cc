#include "theater/handlers/registry.h"

#include "theater/handlers/environment/environment_handler.h"
#include "theater/handlers/extra_handlers.h"
#include "theater/handlers/filesystem/filesystem_handler.h"
#include "theater/handlers/http_client/http_client_handler.h"
#include "theater/handlers/http_framework/http_framework_handler.h"
#include "theater/handlers/message_server/message_server_handler.h"
#include "theater/handlers/process/process_handler.h"
#include "theater/handlers/random/random_handler.h"
#include "theater/handlers/runtime/host_facts.h"
#include "theater/handlers/runtime/runtime_handler.h"
#include "theater/handlers/store/store_handler.h"
#include "theater/handlers/supervisor/supervisor_handler.h"
#include "theater/handlers/timing/timing_handler.h"

namespace theater {

HandlerSet make_handlers(const HandlerSettings& settings) {
  HandlerSet handlers;
  auto keeper = std::make_shared<ProcessKeeper>();
  handlers.push_back(std::make_unique<RuntimeHandler>(std::make_unique<MachineFacts>()));
  handlers.push_back(std::make_unique<MessageServerHandler>());
  handlers.push_back(std::make_unique<SupervisorHandler>());
  handlers.push_back(std::make_unique<RandomHandler>());
  handlers.push_back(std::make_unique<EnvironmentHandler>(HostVariables::of_process()));
  handlers.push_back(std::make_unique<TimingHandler>());
  handlers.push_back(std::make_unique<FilesystemHandler>(settings.home, keeper));
  handlers.push_back(std::make_unique<StoreHandler>(settings.home));
  handlers.push_back(std::make_unique<HttpClientHandler>(
      settings.web != nullptr ? web_transport(*settings.web) : nullptr, settings.idempotency_key,
      settings.secrets));
  handlers.push_back(std::make_unique<HttpFrameworkHandler>(settings.ports, settings.key_pairs));
  handlers.push_back(std::make_unique<ProcessHandler>(
      keeper, settings.home, std::nullopt,
      settings.web != nullptr ? std::make_shared<ForwardProxies>() : nullptr));
  add_extra_handlers(settings, handlers);
  return handlers;
}

}  // namespace theater
