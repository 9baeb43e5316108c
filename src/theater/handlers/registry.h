// Every handler of this build: the program's list of features.
#pragma once

#include "theater/actor/handler/handler.h"
#include "theater/base/hash.h"

#include <filesystem>
#include <memory>

namespace theater {

class WebClient;
class HttpPorts;
class KeyPairFiles;
class SecretValues;

// What the handlers of a node are told of it.
struct HandlerSettings {
  // The node's home folder (store/home.h). Empty: there is none, and handlers that keep something
  // there make no sessions.
  std::filesystem::path home;
  // Sends requests to servers of the web; outlives the handlers. Null: there is no network, requests
  // are refused, and processes have none either.
  WebClient* web = nullptr;
  // Where the servers of actors listen. Null: there is no network, and servers do not start.
  std::shared_ptr<HttpPorts> ports = {};
  // The operator's key pairs for these servers; null if the policy has none.
  std::shared_ptr<KeyPairFiles> key_pairs = {};
  // The secret of the home from which the idempotency keys of requests follow.
  Hash idempotency_key = {};
  // The values of the operator's secrets; null if the node has none.
  std::shared_ptr<SecretValues> secrets = {};
};

// In the order in which sessions are made.
HandlerSet make_handlers(const HandlerSettings& settings = {});

}  // namespace theater
