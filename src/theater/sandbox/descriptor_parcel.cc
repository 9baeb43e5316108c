#include "theater/sandbox/descriptor_parcel.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstring>

namespace theater {

namespace {

struct Parcel {
  iovec part{};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};

  Parcel(void* content, size_t size) : part{content, size} {
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
  }
  Parcel(const Parcel&) = delete;
  Parcel& operator=(const Parcel&) = delete;
};

}  // namespace

bool send_parcel(int channel, const void* content, size_t size, int descriptor) {
  Parcel parcel(const_cast<void*>(content), size);
  if (descriptor < 0) {
    parcel.message.msg_control = nullptr;
    parcel.message.msg_controllen = 0;
  } else {
    cmsghdr* header = CMSG_FIRSTHDR(&parcel.message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  }
  return ::syscall(SYS_sendmsg, channel, &parcel.message, MSG_NOSIGNAL) == static_cast<long>(size);
}

ssize_t receive_parcel(int channel, void* content, size_t size, int& descriptor) {
  Parcel parcel(content, size);
  descriptor = -1;
  ssize_t got = ::recvmsg(channel, &parcel.message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got <= 0) return got;
  const cmsghdr* header = CMSG_FIRSTHDR(&parcel.message);
  if (header != nullptr && header->cmsg_type == SCM_RIGHTS)
    std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  return got;
}

}  // namespace theater
