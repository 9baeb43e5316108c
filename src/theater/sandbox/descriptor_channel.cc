#include "theater/sandbox/descriptor_channel.h"

#include "theater/base/file_handle.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace theater {

namespace {

// A message of one byte, with room for one descriptor next to it.
struct Parcel {
  char content = 0;
  iovec part{&content, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};

  Parcel() {
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
  }
  Parcel(const Parcel&) = delete;
  Parcel& operator=(const Parcel&) = delete;
};

}  // namespace

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
  Parcel parcel;
  cmsghdr* header = CMSG_FIRSTHDR(&parcel.message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  return ::syscall(SYS_sendmsg, channel, &parcel.message, MSG_NOSIGNAL) == 1;
}

Descriptor receive_descriptor(const Descriptor& channel) {
  Parcel parcel;
  if (::recvmsg(channel.number(), &parcel.message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1) return {};
  const cmsghdr* header = CMSG_FIRSTHDR(&parcel.message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return {};
  int descriptor = -1;
  std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  return Descriptor(descriptor);
}

}  // namespace theater
