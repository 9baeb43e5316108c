#include "theater/base/thread_name.h"

#include <pthread.h>

#include <string>

namespace theater {

namespace {

// The kernel refuses a longer name.
constexpr size_t kNameBytesMax = 15;

}  // namespace

void name_this_thread(std::string_view name) {
  pthread_setname_np(pthread_self(), std::string(name.substr(0, kNameBytesMax)).c_str());
}

}  // namespace theater
