// The way from the keeper's thread to the guest, without a process: what is told from one thread, and
// taken on another.
#include "theater/handlers/process/guest_process.h"

#include "theater/base/random.h"
#include "theater/handlers/process/testing/process_fixture.h"

#include <gtest/gtest.h>

#include <thread>

namespace theater::guest_process_test {

using testing::LaterCalls;
using testing::ProcessEvent;

constexpr size_t kBytes = 100'000;
constexpr FramingRules kRules{FramingRules::Mode::kRaw, 300, 1000};

struct Channel {
  std::shared_ptr<LaterCalls> calls = std::make_shared<LaterCalls>();
  ThreadTimers timers;
  std::shared_ptr<GuestProcess> process = std::make_shared<GuestProcess>(
      GuestProcess::Parts{7, 0, "actor", calls, {}, timers}, kRules, kRules);

  // Plays the keeper: tells as much as there is room for, until all is told or the
  // session abandons the process.
  void tell_all() const {
    process->started({});
    Bytes piece(400, 'x');
    std::array<size_t, 2> left = {kBytes, kBytes};
    while (left[0] + left[1] > 0 && !process->is_abandoned()) {
      for (OutputStream which : {OutputStream::kOut, OutputStream::kErr}) {
        size_t& rest = left[static_cast<size_t>(which)];
        size_t size = std::min({process->room(which), piece.size(), rest});
        if (size > 0) process->output(which, ByteView(piece.data(), size));
        rest -= size;
      }
    }
    process->exited(3);
    process->over();
  }
};

TEST(GuestProcess, AllOutputArrivesBeforeTheEnd) {
  Channel channel;
  channel.calls->refuse(1);  // The first call is tried again.
  std::thread keeper([&] { channel.tell_all(); });
  size_t out = 0;
  size_t err = 0;
  ProcessEvent event;
  while ((event = channel.calls->next()).function != "handle-exit") {
    EXPECT_LE(event.text.size(), kRules.piece_max);
    (event.function == "handle-stdout" ? out : err) += event.text.size();
  }
  EXPECT_EQ(event.exit_code, 3);
  EXPECT_EQ(out, kBytes);
  EXPECT_EQ(err, kBytes);
  keeper.join();
  EXPECT_TRUE(channel.calls->empty());
  while (channel.calls->expected != 0 || !channel.process->is_told())
    std::this_thread::yield();
}

TEST(GuestProcess, AnAbandonedProcessTellsNothingMore) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SeededRandom dice(seed);
    Channel channel;
    std::thread keeper([&] { channel.tell_all(); });
    for (uint64_t taken = dice.below(100); taken > 0; --taken)
      (void)channel.calls->next();
    channel.process->abandon();
    keeper.join();
    if (!channel.calls->empty()) (void)channel.calls->next();
    EXPECT_TRUE(channel.calls->empty());
    EXPECT_EQ(channel.calls->expected, 0);
    channel.calls->forget();
  }
}

}  // namespace theater::guest_process_test
