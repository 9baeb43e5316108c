#include "theater/actor/testing/channel_guest.h"

#include "theater/actor/messaging/channels.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>

namespace theater::testing {

namespace {

using Peers = std::shared_ptr<const std::vector<ActorId>>;
using Opened = tl::expected<std::string, std::string>;

struct Chat {
  Peers peers;
  std::string todo;
  std::vector<std::string> known;

  char next() {
    if (todo.empty()) return '0';
    char letter = todo.front();
    todo.erase(0, 1);
    return letter;
  }
  std::string channel(char number) const {
    if (known.empty()) return "ch_unknown";
    return known[static_cast<size_t>(number - '0') % known.size()];
  }
  void forget(std::string_view id) {
    known.erase(std::remove(known.begin(), known.end(), id), known.end());
  }
};

Chat read_chat(Play& play, Peers peers, std::string todo) {
  Chat chat{std::move(peers), std::move(todo), {}};
  std::string state(as_text(play.state().value_or(Bytes())));
  for (size_t at = 0; at < state.size();) {
    size_t end = state.find('\n', at);
    chat.known.push_back(state.substr(at, end - at));
    at = end + 1;
  }
  return chat;
}

Bytes state_of(const Chat& chat) {
  std::string text;
  for (const std::string& id : chat.known)
    text += id + "\n";
  return to_bytes(text);
}

void hang_up(Play& play, Chat& chat, const std::string& id) {
  if (play.call<Done>(kDesk, "hang-up", id)) chat.forget(id);
}

void go_on(Play& play, Chat chat);

void open(Play& play, Chat chat, size_t peer) {
  std::string to = chat.peers->at(peer % chat.peers->size()).to_string();
  Bytes how = to_bytes(std::string(1, chat.next()));
  play.call_waiting<Opened>(
      kDesk, "open",
      [chat](Play& then, Opened opened) mutable {
        if (opened) chat.known.push_back(*opened);
        go_on(then, std::move(chat));
      },
      to, how);
}

void go_on(Play& play, Chat chat) {
  while (!chat.todo.empty()) {
    char letter = chat.next();
    if (letter >= 'a' && letter <= 'd') {
      return open(play, std::move(chat), static_cast<size_t>(letter - 'a'));
    }
    if (letter >= '0' && letter <= '9') {
      std::string id = chat.channel(letter);
      play.call<Done>(kDesk, "post", id, to_bytes(std::string(1, chat.next())));
    }
    if (letter == 'h') hang_up(play, chat, chat.channel(chat.next()));
    if (letter == 'w') return play.yield([chat](Play& then) { go_on(then, chat); });
    if (letter == 'E') return play.fail("as asked");
    if (letter == 'T') return play.trap(engine::TrapCode::kUnreachable);
    if (letter == 'l') play.call<Done>(kDesk, "leave", std::optional<Bytes>());
  }
  play.finish(state_of(chat));
}

void decide(Play& play, Chat chat) {
  auto [id, bytes] = play.params<std::string, Bytes>();
  char letter = bytes.empty() ? 'n' : static_cast<char>(bytes.front());
  if (letter == 'e') return play.fail("not today");
  if (letter == 'T') return play.trap(engine::TrapCode::kUnreachable);
  ChannelAccept accept;
  accept.accepted = letter == 'y' || letter == 'Y';
  if (letter != 'y') accept.message = to_bytes("2");
  if (accept.accepted) chat.known.push_back(id);
  play.finish(state_of(chat), accept);
}

void take(Play& play, Chat chat) {
  auto [id, bytes] = play.params<std::string, Bytes>();
  char letter = bytes.empty() ? '0' : static_cast<char>(bytes.front());
  if (letter == 'T') return play.trap(engine::TrapCode::kUnreachable);
  if (letter == 'h') hang_up(play, chat, id);
  if (letter > '0' && letter <= '9') {
    play.call<Done>(kDesk, "post", id, Bytes{static_cast<uint8_t>(letter - 1)});
  }
  play.finish(state_of(chat));
}

}  // namespace

ScriptedComponent channel_guest(const ActorHarness& harness, std::vector<ActorId> peers) {
  auto shared = std::make_shared<const std::vector<ActorId>>(std::move(peers));
  auto component = harness.component();
  component.exports(on_message(), [shared](Play& play) {
    std::string todo(as_text(std::get<0>(play.params<Bytes>())));
    go_on(play, read_chat(play, shared, std::move(todo)));
  });
  component.exports(on_open(), [shared](Play& play) { decide(play, read_chat(play, shared, {})); });
  component.exports(on_channel(),
                    [shared](Play& play) { take(play, read_chat(play, shared, {})); });
  component.exports(on_close(), [shared](Play& play) {
    Chat chat = read_chat(play, shared, {});
    chat.forget(std::get<0>(play.params<std::string>()));
    play.finish(state_of(chat));
  });
  return component;
}

std::string random_chat(SeededRandom& random) {
  static constexpr std::string_view kOften = "abcd012345hw";
  static constexpr std::string_view kSecond = "yyyYYYneT0123456789h";
  std::string letters;
  size_t length = 1 + random.below(6);
  for (size_t i = 0; i < length; ++i) {
    letters += random.below(60) == 0 ? "ETl"[random.below(3)] : kOften[random.below(12)];
    size_t second = random.below(kSecond.size());
    letters += kSecond[second] == 'T' && random.below(4) > 0 ? 'y' : kSecond[second];
  }
  return letters;
}

void chat_on_threads(ActorHarness& harness, const std::vector<ActorId>& ids, uint64_t clients) {
  std::vector<std::thread> threads;
  for (uint64_t client = 0; client < clients; ++client) {
    threads.emplace_back([&harness, &ids, client] {
      SeededRandom random(client);
      for (int i = 0; i < 300; ++i) {
        harness.send(ids[random.below(ids.size())], random_chat(random));
        if (random.below(200) == 0) harness.kill(ids[random.below(ids.size())]);
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  for (size_t i = 0; i < ids.size(); ++i)
    i % 2 == 0 ? harness.stop(ids[i]) : harness.kill(ids[i]);
  for (const ActorId& id : ids) {
    while (!harness.cell(id)->status().ended)
      std::this_thread::yield();
  }
}

}  // namespace theater::testing
