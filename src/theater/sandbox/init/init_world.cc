#include "theater/sandbox/init/init_world.h"

#include <net/if.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace theater::init {

namespace {

constexpr int kWaitingMax = 128;

void write_text(const Channel& channel, const char* path, const char* text) {
  int file = ::open(path, O_WRONLY | O_CLOEXEC);
  auto size = static_cast<ssize_t>(std::strlen(text));
  channel.check(file >= 0 && ::write(file, text, static_cast<size_t>(size)) == size, "write", path);
  ::close(file);
}

void write_map(const Channel& channel, const char* path, unsigned id) {
  char text[40];
  std::snprintf(text, sizeof text, "%u %u 1", id, id);
  write_text(channel, path, text);
}

}  // namespace

void map_user(const Channel& channel, uid_t user, gid_t group) {
  write_map(channel, "/proc/self/uid_map", user);
  // The kernel asks for this before an ordinary user may map a group.
  write_text(channel, "/proc/self/setgroups", "deny");
  write_map(channel, "/proc/self/gid_map", group);
}

void make_relay(const Channel& channel, uint16_t port) {
  int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  channel.check(listener >= 0, "make a socket for its relay");
  ifreq loopback{};
  std::strcpy(loopback.ifr_name, "lo");
  loopback.ifr_flags = IFF_UP | IFF_RUNNING;
  channel.check(::ioctl(listener, SIOCSIFFLAGS, &loopback) == 0, "switch its loopback on");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  channel.check(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                    ::listen(listener, kWaitingMax) == 0,
                "listen for its relay");
  channel.send(InitMessage::Kind::kRelay, listener);
  ::close(listener);
}

}  // namespace theater::init
