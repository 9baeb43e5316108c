// The texts of events that a stream has shown a moment ago, for other streams of the same actor.
//
// Making the text of an event costs several times as much as sending it. Clients at the same place
// share it anyway (stream_group.h); this is for those who read alone, such as clients who come one
// after the other. A stream that has missed events may know less of the types of payloads. Its texts
// are kept apart: a stream that has missed nothing never gets them.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/lru_cache.h"

#include <cstddef>
#include <string>
#include <utility>

namespace theater::api {

// Not thread-safe. Keeps 8 MiB of texts of each of both kinds, those that were used last.
class EventTexts {
 public:
  static constexpr size_t kBytesMax = size_t{8} << 20;
  // A larger text is not kept.
  static constexpr size_t kTextBytesMax = size_t{64} << 10;

  struct Text {
    std::string type;  // Of the event.
    std::string text;  // As event_text() makes it.
  };

  // The text of the event with this hash; null if there is none. Valid until the next call.
  const Text* find(const Hash& event, bool has_missed) {
    if (const Text* text = whole_.find(event)) return text;
    return has_missed ? partial_.find(event) : nullptr;
  }

  void put(const Hash& event, bool has_missed, Text text) {
    size_t size = text.type.size() + text.text.size();
    if (size <= kTextBytesMax) (has_missed ? partial_ : whole_).put(event, std::move(text), size);
  }

  void clear() {
    whole_.clear();
    partial_.clear();
  }

 private:
  using Texts = LruCache<Hash, Text>;

  Texts whole_{kBytesMax};
  Texts partial_{kBytesMax};
};

}  // namespace theater::api
