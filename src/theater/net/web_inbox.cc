#include "theater/net/web_inbox.h"

#include "theater/base/check.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace theater {

WebInbox::WebInbox() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  THEATER_CHECK(event_.open(), "no descriptor for the web client: {}", std::strerror(errno));
}

void WebInbox::wake() {
  // Fails only if the thread was woken 2^64 - 1 times already.
  uint64_t one = 1;
  [[maybe_unused]] ssize_t written = ::write(event_.number(), &one, sizeof one);
}

void WebInbox::end() {
  Content dropped;
  content_.with([&](Content& content) {
    dropped = std::exchange(content, {});
    content.is_ended = true;
  });
}

WebInbox::Content WebInbox::take() {
  uint64_t times = 0;
  [[maybe_unused]] ssize_t read = ::read(event_.number(), &times, sizeof times);
  return content_.with([](Content& content) {
    Content taken = std::exchange(content, {});
    content.is_closed = taken.is_closed;
    return taken;
  });
}

}  // namespace theater
