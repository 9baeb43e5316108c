// The bearer token that a command shows to a server.
//
// A token is in $THEATER_TOKEN, or in the file $XDG_CONFIG_HOME/theater/tokens (without the variable
// ~/.config/theater/tokens), where each line has the origin of a server and its token:
//
//   https://host.example:443 3f09…
//
// No option of a command holds a token, because every user of a machine sees the words of every
// command. The socket in a home needs no token: the kernel tells the server who connects.
#pragma once

#include "theater/api/client/server_address.h"
#include "theater/base/result.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace theater::api {

// The file with the user's tokens, whether or not it exists; empty for a user without a home folder.
std::filesystem::path token_file();

// The token of `origin` in the file; empty if there is none, or no file. Fails with
// kPermissionDenied if other users may use the file or it is not the user's own, and with
// kInvalidArgument for a line that is not well formed.
Result<std::string> read_token(const std::filesystem::path& file, std::string_view origin);

// The token to send to this server, or an empty text. Fails as read_token(), and with
// kPermissionDenied if there is a token and the way to the server is not private.
Result<std::string> find_token(const ServerAddress& address);

}  // namespace theater::api
