#include "theater/cli/chain_output.h"

#include "theater/base/check.h"
#include "theater/base/hex.h"
#include "theater/base/log.h"
#include "theater/log/for_each_payload.h"
#include "theater/log/view.h"
#include "theater/wit/leb.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <ctime>

namespace theater::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kShortHashDigits = 12;

std::string short_text(const Hash& hash) {
  return hash.to_string().substr(0, kShortHashDigits);
}

constexpr size_t kPreviewMax = 100;
constexpr size_t kPreviewedOctetsMax = 4096;

// Octets of text at the start of `bytes` if they begin with its length: how strings and byte lists
// are encoded. Empty otherwise.
std::string_view text_at(ByteView bytes) {
  wit::ByteReader reader(bytes);
  Result<std::string_view> text = reader.read_string();
  bool shown = text && std::none_of(text->begin(), text->end(), [](char c) {
                 return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
               });
  return shown ? *text : std::string_view();
}

// The texts in a payload, for a reader who wants to know what it is about. The log does not know
// the function's type, so this is a guess, and only ever shown to people.
std::string preview(const log::Payload& payload) {
  const log::Blob* blob = log::inline_bytes(payload);
  if (blob == nullptr) return {};
  std::string texts;
  ByteView rest = blob->view().first(std::min(blob->view().size(), kPreviewedOctetsMax));
  while (!rest.empty() && texts.size() < kPreviewMax) {
    std::string_view text = text_at(rest);
    // The tag of an option is taken for the length of a text of one character, unless the next
    // octet turns out to be the length of a longer one.
    if (text_at(rest.subspan(1)).size() > text.size()) text = {};
    if (!text.empty()) texts += fmt::format(" \"{}\"", escape_control(text));
    size_t octets =
        text.empty() ? 1 : static_cast<size_t>(as_bytes(text).data() - rest.data()) + text.size();
    rest = rest.subspan(octets);
  }
  if (texts.size() <= kPreviewMax) return texts;
  size_t end = kPreviewMax;
  while (end > 0 && (static_cast<unsigned char>(texts[end]) & 0xc0U) == 0x80)
    --end;
  return texts.substr(0, end) + "…";
}

std::string preview_of_event(ByteView bytes) {
  Result<log::Event> event = log::decode_event_in_place(bytes);
  THEATER_CHECK(event, "an event of our own making does not decode");
  std::string texts;
  log::for_each_payload(event->body,
                        [&](const log::Payload& payload) { texts += preview(payload); });
  return texts;
}

void print_text(const log::Chain& chain, const std::string& actor, Output& output) {
  std::vector<log::EventView> views = log::view_chain(chain);
  output.line(fmt::format("chain of {}: {} events, head {}", actor, chain.size(),
                          chain.head().to_string()));
  if (chain.first_seq() > 0) {
    output.line(fmt::format("  (the oldest {} are not kept)", chain.first_seq()));
  }
  size_t type_width = 0;
  for (const log::EventView& view : views)
    type_width = std::max(type_width, view.event_type.size());
  size_t seq_width = std::to_string(chain.end_seq()).size();
  for (const log::EventView& view : views) {
    output.line(fmt::format("  {:>{}}  {}  {}  {:<{}}  {}", view.seq, seq_width,
                            utc_text(view.time), short_text(view.hash), view.event_type, type_width,
                            view.description + preview_of_event(chain.event(view.seq))));
  }
}

void print_json(const log::Chain& chain, const std::string& actor, Output& output) {
  log::EventViewer viewer(chain.functions_at_first());
  chain.for_each([&](uint64_t seq, ByteView bytes, const Hash& hash) {
    Result<log::EventView> view = viewer.view(bytes, hash);
    THEATER_CHECK(view, "event {} of our own making does not decode", seq);
    Json event = {{"actor", actor},
                  {"seq", view->seq},
                  {"time", utc_text(view->time)},
                  {"type", view->event_type},
                  {"hash", view->hash.to_string()},
                  {"parent", view->parent ? Json(view->parent->to_string()) : Json()},
                  {"description", view->description},
                  {"body", Json::parse(view->data, nullptr, false)},
                  {"bytes", to_hex(bytes)}};
    output.json({{"event", std::move(event)}});
  });
}

}  // namespace

void print_chain(const log::Chain& chain, const std::string& actor, ChainForm form,
                 Output& output) {
  if (form == ChainForm::kText) {
    print_text(chain, actor, output);
  } else {
    print_json(chain, actor, output);
  }
}

std::string utc_text(uint64_t time_us) {
  auto seconds = static_cast<std::time_t>(time_us / 1'000'000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     time_us % 1'000'000);
}

}  // namespace theater::cli
