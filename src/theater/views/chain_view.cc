#include "theater/views/chain_view.h"

#include "theater/base/hex.h"
#include "theater/base/printable.h"
#include "theater/log/event/for_each_payload.h"
#include "theater/views/text.h"
#include "theater/wit/leb.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace theater::views {

namespace {

constexpr size_t kShortHashDigits = 12;

std::string short_text(const Hash& hash) {
  return hash.to_string().substr(0, kShortHashDigits);
}

constexpr size_t kPreviewMax = 100;
constexpr size_t kPreviewedBytesMax = 4096;

// The text at the start of `bytes`, if they begin with its length, as encoded strings and byte lists
// do. Empty otherwise.
std::string_view text_at(ByteView bytes) {
  wit::ByteReader reader(bytes);
  Result<std::string_view> text = reader.read_string();
  bool shown = text && std::none_of(text->begin(), text->end(), [](char c) {
                 return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
               });
  return shown ? *text : std::string_view();
}

// The texts in a payload, which tell a reader its subject. The log does not know the function's
// type, so this is a guess, and only people see it.
std::string preview(ByteView payload) {
  std::string texts;
  ByteView rest = payload.first(std::min(payload.size(), kPreviewedBytesMax));
  while (!rest.empty() && texts.size() < kPreviewMax) {
    std::string_view text = text_at(rest);
    // The tag of an option looks like the length of a text of one character. It is a tag if the next
    // byte is the length of a longer text.
    if (text_at(rest.subspan(1)).size() > text.size()) text = {};
    if (!text.empty()) texts += fmt::format(" \"{}\"", escape_control(text));
    size_t bytes =
        text.empty() ? 1 : static_cast<size_t>(as_bytes(text).data() - rest.data()) + text.size();
    rest = rest.subspan(bytes);
  }
  if (texts.size() <= kPreviewMax) return texts;
  size_t end = kPreviewMax;
  while (end > 0 && (static_cast<unsigned char>(texts[end]) & 0xc0U) == 0x80)
    --end;
  return texts.substr(0, end) + "…";
}

// Calls `visit(payload, body)` for each payload of an event; `body` is null unless the payload is
// detached and `bodies` has an entry for it.
template <class Visit>
void with_bodies(const log::Event& event, const Bodies* bodies, const Visit& visit) {
  size_t next = 0;
  log::for_each_payload(event.body, [&](const log::Payload& payload) {
    const std::optional<log::StoredBody>* body = nullptr;
    if (log::inline_bytes(payload) == nullptr) {
      if (bodies != nullptr && next < bodies->size()) body = &(*bodies)[next];
      ++next;
    }
    visit(payload, body);
  });
}

std::string preview_of_event(const log::Event& event, const Bodies* bodies) {
  std::string texts;
  with_bodies(event, bodies, [&](const log::Payload& payload, const auto* body) {
    if (const log::Blob* blob = log::inline_bytes(payload)) {
      texts += preview(blob->view());
    } else if (body != nullptr) {
      if (!*body) {
        texts += " (removed)";
      } else {
        texts += (*body)->is_absent() ? " (recomputable)" : preview((*body)->bytes());
      }
    }
  });
  return texts;
}

// Facts about the payloads outside the event, in their order.
Json detached_of_event(const log::Event& event, const Bodies* bodies) {
  Json list = Json::array();
  with_bodies(event, bodies, [&](const log::Payload& payload, const auto* body) {
    const auto* detached = std::get_if<log::Detached>(&payload);
    if (detached == nullptr) return;
    Json entry = {{"hash", detached->hash.to_string()}, {"length", detached->length}};
    if (body != nullptr && *body) {
      entry["salt"] = to_hex((*body)->salt);
      if ((*body)->is_absent()) {
        entry["recomputable"] = true;
      } else {
        entry["bytes"] = json_bytes((*body)->bytes());
      }
    } else if (body != nullptr) {
      entry["removed"] = true;
    }
    list.push_back(std::move(entry));
  });
  return list;
}

}  // namespace

Result<void> ChainReader::skip(ByteView event) {
  log::Event decoded = THEATER_TRY(log::decode_event_in_place(event));
  if (auto* instance = std::get_if<log::Instance>(&decoded.body)) {
    viewer_ = log::EventViewer(log::FunctionTable::from_names(std::move(instance->functions)));
  }
  return {};
}

Result<log::EventView> ChainReader::view(ByteView event, const Hash& hash) {
  return viewer_.view(event, hash);
}

std::string ChainText::heading(uint64_t events, const Hash& head) {
  // The whole chain is aligned, not only one batch.
  seq_width_ = std::to_string(events).size();
  return fmt::format("chain of {}: {} events, head {}\n", escape_control(actor_), events,
                     head.to_string());
}

Result<std::string> ChainText::event(ByteView event, const Hash& hash, const Bodies* bodies) {
  log::EventView view = THEATER_TRY(reader_.view(event, hash));
  log::Event decoded = THEATER_TRY(log::decode_event_in_place(event));
  lines_.push_back({std::move(view), preview_of_event(decoded, bodies)});
  return lines_.size() >= kBatchMax ? flush() : std::string();
}

std::string ChainText::flush() {
  for (const Line& line : lines_) {
    type_width_ = std::max(type_width_, line.view.event_type.size());
    seq_width_ = std::max(seq_width_, std::to_string(line.view.seq).size());
  }
  std::string text;
  for (const Line& line : lines_) {
    text += fmt::format("  {:>{}}  {}  {}  {:<{}}  {}{}\n", line.view.seq, seq_width_,
                        utc_text(line.view.time), short_text(line.view.hash), line.view.event_type,
                        type_width_, line.view.description, line.preview);
  }
  lines_.clear();
  return text;
}

Result<Json> ChainValues::event(ByteView event, const Hash& hash, const Bodies* bodies) {
  log::EventView view = THEATER_TRY(reader_.view(event, hash));
  log::Event decoded = THEATER_TRY(log::decode_event_in_place(event));
  Json value = {{"actor", actor_},
                {"seq", view.seq},
                {"time", utc_text(view.time)},
                {"type", view.event_type},
                {"hash", view.hash.to_string()},
                {"parent", view.parent ? Json(view.parent->to_string()) : Json()},
                {"description", view.description},
                {"body", Json::parse(view.data, nullptr, false)},
                {"bytes", to_hex(event)}};
  if (Json detached = detached_of_event(decoded, bodies); !detached.empty()) {
    value["detached"] = std::move(detached);
  }
  return Json{{"event", std::move(value)}};
}

}  // namespace theater::views
