// Where a server listens, as a person or the environment names it.
//
//   unix:/run/theater.sock     a Unix socket
//   http://127.0.0.1:9000      TCP; `127.0.0.1:9000` means the same
//   https://host.example       TCP with TLS
//
// Without such a name the server is the one that holds the home, and its socket is in the home.
#pragma once

#include "theater/base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace theater::api {

// Value type.
struct ServerAddress {
  std::filesystem::path socket;  // Empty for TCP.
  std::string host;              // A name or a literal address.
  uint16_t port = 0;
  bool uses_tls = false;
  // The home that the server holds; empty for a server that was named otherwise.
  std::filesystem::path home = {};

  // `unix:PATH`, `http://HOST:PORT` or `https://HOST:PORT`: the origin that a token belongs to.
  std::string origin() const;
  // Whether no other machine can read what is sent there: a Unix socket, TLS, or loopback.
  bool is_private() const;
};

// Fails with kInvalidArgument for what is no address of a server, and for a path that is too long
// for a socket.
Result<ServerAddress> parse_server_address(std::string_view text);

// The server that holds the home. Fails with kInvalidArgument if the path is too long for a socket.
Result<ServerAddress> server_of_home(const std::filesystem::path& home);

// The server that is meant: `given` if it is not empty, else $THEATER_SERVER, else
// $THEATER_SERVER_ADDRESS, else the one of home_folder(`home`). A home that was given explicitly
// comes before the environment. Fails as the functions above do.
Result<ServerAddress> choose_server(std::string_view given, const std::filesystem::path& home);

}  // namespace theater::api
