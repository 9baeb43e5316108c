// Events from outside: the input as one event, and as the bodies of a chain, one after the other.
//
// No bytes may cause a crash. An event that decodes has no other encoding, can be viewed, and still
// verifies. The life-cycle grammar answers any order of bodies with an error at worst.

#include "theater/log/event/event.h"

#include "theater/base/check.h"
#include "theater/log/event/grammar.h"
#include "theater/log/event/verify.h"
#include "theater/log/event/view.h"
#include "theater/wit/validate.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace {

using theater::Bytes;
using theater::ByteView;
using theater::Result;
using namespace theater::log;  // The subject of this file.

void read_as_event(ByteView input) {
  Result<Event> event = decode_event(input);
  bool is_value = theater::wit::validate(theater::wit::type_of<Event>(), input).has_value();
  // The reverse does not hold: a digest is a list<u8> of one length only.
  THEATER_CHECK(!event || is_value);
  ChainVerifier verifier;
  Result<EventRef> accepted = verifier.accept(input);
  THEATER_CHECK(event || !accepted);
  EventViewer viewer;
  Result<EventView> view = viewer.view(input, event_hash(input));
  THEATER_CHECK(event.has_value() == view.has_value());
  if (!event) return;

  Bytes again = encode_event(*event);
  THEATER_CHECK(std::equal(again.begin(), again.end(), input.begin(), input.end()));
  THEATER_CHECK(theater::log::event_parent(input).value() == event->parent);
  THEATER_CHECK(view->description.find('\n') == std::string::npos);
  THEATER_CHECK(view->data.front() == '{' && view->data.find('\n') == std::string::npos);
  if (accepted) THEATER_CHECK(verifier.finish(event_hash(input)).has_value());
}

void read_as_life(ByteView input) {
  theater::wit::ByteReader reader(input);
  ChainGrammar life;
  Chain chain(512);
  ChainVerifier verifier;
  for (uint64_t seq = 0; !reader.at_end(); ++seq) {
    Result<Body> body = theater::wit::decode_from<Body>(reader);
    if (!body || !life.accept(seq, *body)) return;
    EventRef ref = chain.append(*body, seq);
    THEATER_CHECK(verifier.accept(chain.event(seq)).value() == ref);
  }
  THEATER_CHECK(view_chain(chain).size() == chain.kept());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteView input(data, size);
  read_as_event(input);
  read_as_life(input);
  return 0;
}
