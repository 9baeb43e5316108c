#include "theater/net/listening_socket.h"

#include "theater/net/socket_address.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace theater {

namespace {

constexpr int kBacklog = 512;

Failure refused_by_system(const std::string& name, const char* doing) {
  int error = errno;
  ErrorCode code = error == EADDRINUSE ? ErrorCode::kAlreadyExists : ErrorCode::kIo;
  return fail(code, "listening on {}: {}: {}", name, doing, std::strerror(error));
}

bool has_listener(const SocketAddress& at) {
  Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!probe.open()) return false;
  // A listener whose queue is full makes a caller wait.
  return connect(probe.number(), at.get(), at.size()) == 0 || errno == EAGAIN;
}

// Removes a socket that a process of this user has left at the path.
Result<void> remove_stale(const std::filesystem::path& path, const SocketAddress& at,
                          SocketUsers users) {
  struct stat status{};
  if (lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return refused_by_system(path.string(), "looking at what is there");
  }
  if (!S_ISSOCK(status.st_mode)) {
    return fail(ErrorCode::kAlreadyExists,
                "listening on {}: there is something that is no socket; remove it if nothing needs "
                "it",
                path.string());
  }
  if (status.st_uid != geteuid()) {
    return fail(ErrorCode::kPermissionDenied,
                "listening on {}: there is a socket of another user, number {}", path.string(),
                status.st_uid);
  }
  if (users == SocketUsers::kEveryone && has_listener(at)) {
    return fail(ErrorCode::kAlreadyExists,
                "listening on {}: another process listens there; choose another path",
                path.string());
  }
  if (unlink(path.c_str()) != 0) return refused_by_system(path.string(), "removing an old socket");
  return {};
}

}  // namespace

Result<ListeningSocket> ListeningSocket::tcp(const std::string& address, uint16_t port) {
  SocketAddress at = THEATER_TRY(SocketAddress::tcp(address, port));
  ListeningSocket made;
  made.name_ = at.to_string();
  made.socket_ =
      Descriptor(::socket(at.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!made.socket_.open()) return refused_by_system(made.name_, "making a socket");
  int on = 1;
  setsockopt(made.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // An IPv6 address means this address alone, not the IPv4 addresses too.
  if (at.family() == AF_INET6) setsockopt(made.number(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (bind(made.number(), at.get(), at.size()) != 0)
    return refused_by_system(made.name_, "taking the address");
  if (listen(made.number(), kBacklog) != 0) return refused_by_system(made.name_, "listening");
  SocketAddress bound = THEATER_TRY(SocketAddress::of_own_end(made.number()));
  made.port_ = bound.port();
  made.name_ = bound.to_string();
  return made;
}

Result<ListeningSocket> ListeningSocket::adopt(Descriptor listening) {
  ListeningSocket made;
  made.socket_ = std::move(listening);
  SocketAddress bound = THEATER_TRY(SocketAddress::of_own_end(made.number()));
  made.port_ = bound.port();
  made.name_ = bound.to_string();
  int flags = fcntl(made.number(), F_GETFL);
  if (flags < 0 || fcntl(made.number(), F_SETFL, flags | O_NONBLOCK) != 0)
    return refused_by_system(made.name_, "making it one that does not block");
  return made;
}

Result<ListeningSocket> ListeningSocket::at_path(const std::filesystem::path& path,
                                                 SocketUsers users) {
  SocketAddress at = THEATER_TRY(SocketAddress::unix_path(path));
  THEATER_TRY_VOID(remove_stale(path, at, users));
  ListeningSocket made;
  made.name_ = path.string();
  made.socket_ = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made.socket_.open()) return refused_by_system(made.name_, "making a socket");
  // bind() gives the file the mode of the socket, less the umask. So there is no moment at which
  // others could connect, and the umask, which all threads share, stays as it is.
  if (fchmod(made.number(), 0600) != 0) return refused_by_system(made.name_, "setting its mode");
  if (bind(made.number(), at.get(), at.size()) != 0)
    return refused_by_system(made.name_, "making the file");
  struct stat status{};
  if (lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode))
    return refused_by_system(made.name_, "looking at the file that was made");
  made.path_ = path;
  made.device_ = status.st_dev;
  made.inode_ = status.st_ino;
  if ((status.st_mode & 077) != 0) {
    return fail(ErrorCode::kIo,
                "listening on {}: the file system gives others access to the socket; choose a "
                "folder on another file system",
                made.name_);
  }
  if (listen(made.number(), kBacklog) != 0) return refused_by_system(made.name_, "listening");
  if (users == SocketUsers::kEveryone) THEATER_TRY_VOID(made.open_to_everyone());
  return made;
}

// The path may lead to another file by now, where others may write to the folder. So the mode is
// set by a descriptor of the file, which must be the one that was made and have no second name.
Result<void> ListeningSocket::open_to_everyone() const {
  Descriptor file(open(path_.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat status{};
  if (!file.open() || fstat(file.number(), &status) != 0)
    return refused_by_system(name_, "looking at the file that was made");
  bool is_ours = status.st_dev == device_ && status.st_ino == inode_ && S_ISSOCK(status.st_mode) &&
                 status.st_uid == geteuid() && status.st_nlink == 1;
  if (!is_ours) {
    return fail(
        ErrorCode::kPermissionDenied,
        "listening on {}: another process has replaced the file; choose a folder where only "
        "you may write",
        name_);
  }
  if (chmod(file.link().c_str(), 0666) != 0)
    return refused_by_system(name_, "letting every user connect");
  return {};
}

ListeningSocket::~ListeningSocket() {
  if (!socket_.open() || path_.empty()) return;
  struct stat status{};
  bool is_ours =
      lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_;
  if (is_ours) unlink(path_.c_str());
}

}  // namespace theater
