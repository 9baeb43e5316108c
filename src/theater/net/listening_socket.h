// Sockets that wait for connections, on TCP and in the file system.
//
// A Unix socket is a file, and whoever may write to the file may connect. So it is made with mode
// 0600 from its first moment; one for every user is opened to them when it listens. A socket that a
// crash left behind is removed first, but nothing else that may lie at the path is.
#pragma once

#include "theater/base/descriptor.h"
#include "theater/base/result.h"
#include "theater/net/http_message.h"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace theater {

// The kernel takes no longer path for a socket.
inline constexpr size_t kUnixPathBytesMax = 107;

// A socket that listens. Move-only. Its end closes it and removes its file, if the file at the path
// is still the one that it made.
class ListeningSocket {
 public:
  // Listens on a literal address; with port 0 the kernel chooses a free port. Fails with
  // kInvalidArgument for a text that is no address, kAlreadyExists for a port in use, else kIo.
  static Result<ListeningSocket> tcp(const std::string& address, uint16_t port);

  // Makes a socket at `path`, of mode 0600 for kOwner and 0666 for kEveryone, whatever the umask is.
  // Removes a socket of this user that is there. For kOwner the caller must hold the lock of the
  // folder, so that no other process of the same user listens there; for kEveryone a socket on which
  // a process listens is left to it. Fails with kInvalidArgument for a path over kUnixPathBytesMax
  // bytes, kAlreadyExists for anything else than an abandoned socket at the path, kPermissionDenied
  // for another user's and for a file that another process changes meanwhile, else kIo.
  static Result<ListeningSocket> at_path(const std::filesystem::path& path,
                                         SocketUsers users = SocketUsers::kOwner);

  // Takes a TCP socket that listens already; makes it one that does not block. Fails with kIo.
  static Result<ListeningSocket> adopt(Descriptor listening);

  ListeningSocket(ListeningSocket&& other) = default;
  ListeningSocket& operator=(ListeningSocket&& other) = delete;
  ~ListeningSocket();

  int number() const { return socket_.number(); }
  // Of TCP: the port that it listens on.
  uint16_t port() const { return port_; }
  // What it listens on, for messages.
  const std::string& name() const { return name_; }

 private:
  ListeningSocket() = default;
  Result<void> open_to_everyone() const;

  Descriptor socket_;
  std::string name_;
  uint16_t port_ = 0;
  std::filesystem::path path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace theater
