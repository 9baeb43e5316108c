#include "theater/replay/testing/random_guest.h"

#include "theater/actor/testing/probe_handler.h"
#include "theater/log/event/chain_functions.h"

#include <memory>
#include <tuple>
#include <utility>

namespace theater::replay::testing {

namespace {

using theater::testing::Answered;
using theater::testing::Done;
using theater::testing::kDesk;
using theater::testing::kRuntime;
using theater::testing::Play;

struct Task {
  std::shared_ptr<const BusyOptions> options;
  std::string todo;
  std::optional<Bytes> state;
  bool is_request = false;
  size_t step = 0;

  template <class R>
  void mix(const R& told) {
    if (options->forgetful) return;
    Bytes bytes = state.value_or(Bytes());
    wit::encode_to(bytes, told);
    Hash hash = sha256(bytes);
    state = Bytes(hash.bytes.begin(), hash.bytes.begin() + 8);
  }

  std::string peer() const {
    if (options->peers.empty()) return "nobody";
    return options->peers[step % options->peers.size()].to_string();
  }
};

void go_on(Play& play, Task task);

template <class R, class... Args>
void wait_and_go_on(Play& play, Task task, const char* name, const Args&... args) {
  play.call_waiting<R>(
      kDesk, name,
      [task](Play& then, R told) mutable {
        task.mix(told);
        go_on(then, std::move(task));
      },
      args...);
}

// Letters that end the script for now. False if it is none of them.
bool gives_way(Play& play, Task& task, char letter) {
  switch (letter) {
    case 'w':
      play.yield([task](Play& then) { go_on(then, task); });
      return true;
    case 'f':
      wait_and_go_on<Answered>(play, task, "fetch", std::string("page"));
      return true;
    case 't':
      wait_and_go_on<Answered>(play, task, "stamp", std::string("seal"));
      return true;
    case 'x':
      wait_and_go_on<Done>(play, task, "secret");
      return true;
    case 'r':
      // Peers do nothing with the empty message but answer it.
      wait_and_go_on<Answered>(play, task, "request", task.peer(), Bytes());
      return true;
    case 'E':
      play.fail("as asked");
      return true;
    case 'T':
      play.trap(engine::TrapCode::kUnreachable);
      return true;
    case 'W':
      play.call<std::string>(kDesk, "secret-word");
      play.finish(std::nullopt);
      return true;
    case 'N':
      if (!task.is_request) return false;
      play.finish(task.state, std::optional<Bytes>());
      return true;
    default:
      return false;
  }
}

// The first request that is open; one that is not, if there is none.
std::string open_request(Play& play) {
  auto open = play.call<std::vector<std::string>>(kDesk, "outstanding");
  return open.empty() ? "unknown" : open.front();
}

void act(Play& play, Task& task, char letter) {
  switch (letter) {
    case 's':
      return play.call<void>(kDesk, "say", std::string("word"));
    case 'm':
      return task.mix(play.call<Done>(kDesk, "mutter", std::string("word")));
    case 'e':
      return task.mix(play.call<Done>(kDesk, "mutter", std::string()));
    case 'n':
      return task.mix(play.call<std::string>(kDesk, "name"));
    case 'y':
      return task.mix(play.call<std::optional<std::string>>(kDesk, "secret-maybe"));
    case 'o':
      return task.mix(play.call<std::vector<std::string>>(kDesk, "outstanding"));
    case 'd':
      return task.mix(play.call<Done>(kDesk, "send", task.peer(), to_bytes("s")));
    case 'p':
      return task.mix(play.call<Done>(kDesk, "respond", open_request(play), to_bytes("reply")));
    case 'k':
      return task.mix(play.call<Done>(kDesk, "cancel", open_request(play)));
    case 'c':
      return task.mix(play.call<log::ShortChain>(kRuntime, "get-chain"));
    case 'q':
      task.state.reset();
      return;
    case 'l':
      return task.mix(play.call<Done>(kDesk, "leave", std::optional<Bytes>(Bytes{1})));
    default:
      return;
  }
}

void go_on(Play& play, Task task) {
  while (!task.todo.empty()) {
    char letter = task.todo.front();
    task.todo.erase(0, 1);
    ++task.step;
    if (gives_way(play, task, letter)) return;
    act(play, task, letter);
  }
  if (task.is_request) {
    std::optional<Bytes> answer = task.state.value_or(Bytes());
    return play.finish(task.state, answer);
  }
  play.finish(task.state);
}

}  // namespace

theater::testing::ScriptedComponent random_component(const theater::testing::ActorHarness& harness,
                                                     const BusyOptions& options) {
  auto shared = std::make_shared<const BusyOptions>(options);
  auto component = harness.component();
  component.exports(theater::testing::on_message(), [shared](Play& play) {
    std::string todo(as_text(std::get<0>(play.params<Bytes>())));
    go_on(play, {shared, std::move(todo), play.state()});
  });
  component.exports(theater::testing::on_request(), [shared](Play& play) {
    std::string todo(as_text(std::get<1>(play.params<std::string, Bytes>())));
    go_on(play, {shared, std::move(todo), play.state(), true});
  });
  return component;
}

}  // namespace theater::replay::testing
