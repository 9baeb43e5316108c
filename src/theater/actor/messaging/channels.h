// Channels between two actors: what both ends share, and the ends that one actor has.
//
// A channel is opened by one actor and accepted by another; after that both send on it until one
// of them closes it or ends. There is no list of channels anywhere: each actor knows its own ends
// by their ids, so an id is of no use to a stranger. The two ends share a ChannelLink, whose one
// changing part says whether the channel is closed; the end that closes it first tells the other
// end, so each end is told exactly once.
//
// An end takes a place, of which an actor has kOpenMax, from when the channel is asked for; so an
// actor that accepts is never found to have too many.
#pragma once

#include "theater/actor/messaging/export_function.h"
#include "theater/base/bytes.h"
#include "theater/log/event/peers.h"

#include <boost/describe.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace theater {

// What an actor answers that is asked to open a channel.
struct ChannelAccept {
  bool accepted = false;
  // To the opener, as the first message on the channel. Nothing becomes of it if the channel is not
  // accepted: there is nothing that it could come on.
  std::optional<Bytes> message;
};
BOOST_DESCRIBE_STRUCT(ChannelAccept, (), (accepted, message))

// One channel. Made by who opens it, and shared by its two ends, which are on different threads.
// Safe from any thread.
class ChannelLink {
 public:
  ChannelLink(std::string channel_id, const ChannelFunctions& channel_functions, log::Peer from,
              log::Peer to)
      : id(std::move(channel_id)), functions(channel_functions), opener(from), acceptor(to) {}

  const std::string id;
  const ChannelFunctions& functions;
  const log::Peer opener;
  const log::Peer acceptor;

  const log::Peer& other_than(const ActorId& actor) const {
    return opener.actor == actor ? acceptor : opener;
  }

  bool closed() const { return closed_.load(std::memory_order_acquire); }
  // True for the one who closes it, who must see to it that the other side is told.
  bool close() { return !closed_.exchange(true, std::memory_order_acq_rel); }

 private:
  std::atomic<bool> closed_{false};
};

// The ends that one actor has. Only for the worker that runs the actor's turn, except for what is
// said of places.
class Channels {
 public:
  static constexpr size_t kOpenMax = 1'024;

  // Takes a place for an end; false if all are taken. From any thread. Then `add` or
  // `release_place` must follow.
  bool take_place();
  void release_place();

  // Uses a place. `first_due`: a message that came with the acceptance is in the mailbox.
  void add(std::shared_ptr<ChannelLink> link, bool first_due = false);

  // Null if the actor has no end of that id.
  std::shared_ptr<ChannelLink> find(std::string_view id) const;

  // A message has come on the channel. Returns whether there is an end to take it.
  bool take_message(std::string_view id);

  // Removes an end and frees its place; while the message that came with the acceptance is due, the
  // place stays taken, so that such messages are no more than places. False if there is no end.
  bool remove(std::string_view id);

  // What the actor has an end of, in the order of the ids.
  std::vector<std::shared_ptr<ChannelLink>> links() const;
  // The same, and removes them.
  std::vector<std::shared_ptr<ChannelLink>> take_all();

  // Places that are taken.
  size_t places() const { return places_.load(std::memory_order_relaxed); }

 private:
  struct End {
    std::shared_ptr<ChannelLink> link;
    bool first_due = false;
    bool removed = false;  // Only its place is left.
  };

  using Ends = std::unordered_map<std::string_view, End>;  // By the links' own ids.

  void erase(Ends::iterator end);

  Ends ends_;
  std::atomic<size_t> places_{0};
};

}  // namespace theater
