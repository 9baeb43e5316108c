#include "theater/cli/options/server_choice.h"

#include "theater/cli/options/shared_options.h"

#include <utility>

namespace theater::cli {

void server_choice(OptionParser& parser, ServerChoice& options) {
  parser.option("--server;--address,-a", "URL", options.server,
                "the server: unix:PATH, http://HOST:PORT or https://HOST:PORT; default "
                "$THEATER_SERVER, else the server that holds the home");
  home_option(parser, options.home, "the home of the server");
}

void key_option(OptionParser& parser, std::string& key) {
  parser.option(
      "--key", "KEY", key,
      "do this once for KEY, and repeat it if the connection is lost; 1 to 255 characters");
}

Result<std::unique_ptr<api::ApiClient>> connect_to_server(const ServerChoice& options,
                                                          std::chrono::milliseconds wait_time) {
  api::ServerAddress address = THEATER_TRY(api::choose_server(options.server, options.home));
  return api::ApiClient::connect(std::move(address), {.wait_time = wait_time});
}

}  // namespace theater::cli
