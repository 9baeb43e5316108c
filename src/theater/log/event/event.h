// An event: one step in an actor's life, linked by hash to the one before.
//
// The encoded event is the record: Theater hashes, stores and sends its bytes. The structs serve to
// make and read those bytes. An event's hash is the RFC 6962 leaf hash of its bytes: both the link
// of the actor's chain and a leaf of the node's Merkle tree.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/log/event/bodies.h"

#include <boost/describe.hpp>

#include <cstdint>

namespace theater::log {

struct Event {
  Hash parent;  // Zeros in the first event of a chain.
  uint64_t seq = 0;
  uint64_t time = 0;  // Microseconds since 1970-01-01 UTC.
  Body body;

  bool operator==(const Event&) const = default;
};
BOOST_DESCRIBE_STRUCT(Event, (), (parent, seq, time, body))

// Appends the bytes of the event with these parts.
void encode_event(Bytes& out, const Hash& parent, uint64_t seq, uint64_t time, const Body& body);
Bytes encode_event(const Event& event);

// The event's hash.
inline Hash event_hash(ByteView event) {
  return leaf_hash(event);
}

// The event that `bytes` encode, with payloads of its own. Fails with kInvalidArgument, naming the
// offset, unless the bytes are exactly one event in its one encoding.
Result<Event> decode_event(ByteView bytes);

// The same, with payloads that borrow from `bytes`, which must outlive the event.
Result<Event> decode_event_in_place(ByteView bytes);
// The same into an existing event, whose contents are unspecified after a failure.
Result<void> decode_event_in_place(ByteView bytes, Event& event);

// The parent hash of an encoded event. Fails with kInvalidArgument if there is none.
Result<Hash> event_parent(ByteView bytes);

// The encoded body at the end of an encoded event, unread. Fails with kInvalidArgument if the parts
// before it are not well formed.
Result<ByteView> event_body(ByteView bytes);

// Copies the borrowed payloads of the body into the body.
void own_payloads(Body& body);

}  // namespace theater::log
