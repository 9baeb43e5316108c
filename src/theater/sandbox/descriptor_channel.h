// Descriptors handed on: to a second owner, and on a pair of sockets, on which a new process hands
// one to the process that started it.
#pragma once

#include "theater/base/descriptor.h"
#include "theater/base/result.h"

namespace theater {

struct DescriptorChannel {
  Descriptor here;
  Descriptor there;  // For the new process; above the standard ones.
};

// The same open file once more. Fails with kIo or kResourceExhausted.
Result<Descriptor> duplicate(const Descriptor& descriptor);

// Both ends close on exec. Fails with kIo or kResourceExhausted.
Result<DescriptorChannel> make_descriptor_channel();

// Makes one system call, so it may stand between fork and exec. Returns false and sets errno if the
// kernel refuses.
bool send_descriptor(int channel, int descriptor);

// What was sent, closed if nothing was. Never waits.
Descriptor receive_descriptor(const Descriptor& channel);

}  // namespace theater
