// `--server URL` and `--home DIR`: the server that a command talks to.
#pragma once

#include "theater/api/client/api_client.h"
#include "theater/base/result.h"
#include "theater/cli/options/option_parser.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace theater::cli {

struct ServerChoice {
  std::string server;          // Empty for the environment's, or the one of the home.
  std::filesystem::path home;  // Empty for the environment's, or the default.
};

void server_choice(OptionParser& parser, ServerChoice& options);

// `--key KEY`: the idempotency key of a request to the server.
void key_option(OptionParser& parser, std::string& key);

// A connection to the server that is meant. `wait_time` bounds how long the server may need for an
// answer. Fails as choose_server() and ApiClient::connect() do.
Result<std::unique_ptr<api::ApiClient>> connect_to_server(
    const ServerChoice& options,
    std::chrono::milliseconds wait_time = api::ApiClientOptions().wait_time);

}  // namespace theater::cli
