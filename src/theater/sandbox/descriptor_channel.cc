#include "theater/sandbox/descriptor_channel.h"

#include "theater/base/file_handle.h"
#include "theater/sandbox/descriptor_parcel.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>

namespace theater {

Result<DescriptorChannel> make_descriptor_channel() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return os_failure("make a channel for", "a command", errno);
  }
  DescriptorChannel channel{Descriptor(ends[0]), {}};
  Descriptor there(ends[1]);
  // Connecting the standard ones in the new process must not overwrite it.
  channel.there = Descriptor(::fcntl(there.number(), F_DUPFD_CLOEXEC, 3));
  if (!channel.there.open()) return os_failure("make a channel for", "a command", errno);
  return channel;
}

Result<Descriptor> duplicate(const Descriptor& descriptor) {
  Descriptor again(::fcntl(descriptor.number(), F_DUPFD_CLOEXEC, 3));
  if (!again.open()) return os_failure("open once more", "a command's folder", errno);
  return again;
}

bool send_descriptor(int channel, int descriptor) {
  char content = 0;
  return send_parcel(channel, &content, sizeof content, descriptor);
}

Descriptor receive_descriptor(const Descriptor& channel) {
  char content = 0;
  int descriptor = -1;
  (void)receive_parcel(channel.number(), &content, sizeof content, descriptor);
  return Descriptor(descriptor);
}

}  // namespace theater
