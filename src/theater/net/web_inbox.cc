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
  if (is_signalled_.exchange(true)) return;
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
  // What is put in from here on signals again, and what was put in before is here.
  is_signalled_.exchange(false);
  return content_.with([](Content& content) {
    Content taken = std::exchange(content, {});
    content.is_closed = taken.is_closed;
    return taken;
  });
}

}  // namespace theater
