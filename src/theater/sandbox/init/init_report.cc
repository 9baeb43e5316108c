#include "theater/sandbox/init/init_report.h"

#include "theater/sandbox/descriptor_parcel.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace theater::init {

namespace {

constexpr int kFailedCode = 127;

}  // namespace

void Channel::send(InitMessage::Kind kind, int descriptor) const {
  InitMessage message{kind};
  (void)send_parcel(number_, &message, sizeof message, descriptor);
}

void Channel::fail(const char* what, const char* path) const {
  InitMessage message{InitMessage::Kind::kFailed, errno};
  std::snprintf(message.text, sizeof message.text, *path == '\0' ? "%s" : "%s %s", what, path);
  (void)send_parcel(number_, &message, sizeof message, -1);
  ::_exit(kFailedCode);
}

void Channel::check_node() const {
  pollfd look{number_, POLLIN, 0};
  if (::poll(&look, 1, 0) > 0 && (look.revents & POLLHUP) != 0) ::_exit(kFailedCode);
}

}  // namespace theater::init
