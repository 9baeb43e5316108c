#include "theater/cli/chain_output.h"

#include "theater/base/check.h"
#include "theater/base/hex.h"
#include "theater/base/log.h"
#include "theater/log/event/for_each_payload.h"
#include "theater/log/event/view.h"
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
constexpr size_t kPreviewedBytesMax = 4096;

// Bytes of text at the start of `bytes` if they begin with its length: how strings and byte lists
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
std::string preview(ByteView payload) {
  std::string texts;
  ByteView rest = payload.first(std::min(payload.size(), kPreviewedBytesMax));
  while (!rest.empty() && texts.size() < kPreviewMax) {
    std::string_view text = text_at(rest);
    // The tag of an option is taken for the length of a text of one character, unless the next
    // byte turns out to be the length of a longer one.
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
void with_bodies(const log::Event& event, const ChainPrinter::Bodies* bodies, const Visit& visit) {
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

std::string preview_of_event(const log::Event& event, const ChainPrinter::Bodies* bodies) {
  std::string texts;
  with_bodies(event, bodies, [&](const log::Payload& payload, const auto* body) {
    if (const log::Blob* blob = log::inline_bytes(payload)) {
      texts += preview(blob->view());
    } else if (body != nullptr) {
      texts += *body ? preview((*body)->bytes) : " (removed)";
    }
  });
  return texts;
}

// What is known of the payloads that lie beside the event, in their order.
Json detached_of_event(const log::Event& event, const ChainPrinter::Bodies* bodies) {
  Json list = Json::array();
  with_bodies(event, bodies, [&](const log::Payload& payload, const auto* body) {
    const auto* detached = std::get_if<log::Detached>(&payload);
    if (detached == nullptr) return;
    Json entry = {{"hash", detached->hash.to_string()}, {"length", detached->length}};
    if (body != nullptr && *body) {
      entry["salt"] = to_hex((*body)->salt);
      entry["bytes"] = json_bytes((*body)->bytes);
    } else if (body != nullptr) {
      entry["removed"] = true;
    }
    list.push_back(std::move(entry));
  });
  return list;
}

}  // namespace

ChainPrinter::ChainPrinter(std::string actor, ChainForm form, Output& output,
                           log::FunctionTable functions)
    : actor_(std::move(actor)), form_(form), output_(output), viewer_(std::move(functions)) {}

void ChainPrinter::heading(uint64_t events, const Hash& head) {
  // So that positions are aligned beyond one batch.
  seq_width_ = std::to_string(events).size();
  if (form_ == ChainForm::kText) {
    output_.line(fmt::format("chain of {}: {} events, head {}", escape_control(actor_), events,
                             head.to_string()));
  }
}

Result<void> ChainPrinter::skip(ByteView event) {
  log::Event decoded = THEATER_TRY(log::decode_event_in_place(event));
  if (auto* instance = std::get_if<log::Instance>(&decoded.body)) {
    viewer_ = log::EventViewer(log::FunctionTable::from_names(std::move(instance->functions)));
  }
  return {};
}

Result<void> ChainPrinter::event(ByteView event, const Hash& hash, const Bodies* bodies) {
  log::EventView view = THEATER_TRY(viewer_.view(event, hash));
  log::Event decoded = THEATER_TRY(log::decode_event_in_place(event));
  if (form_ == ChainForm::kText) {
    std::string texts = preview_of_event(decoded, bodies);
    lines_.push_back({std::move(view), std::move(texts)});
    if (lines_.size() >= kBatchMax) flush();
    return {};
  }
  Json line = {{"actor", actor_},
               {"seq", view.seq},
               {"time", utc_text(view.time)},
               {"type", view.event_type},
               {"hash", view.hash.to_string()},
               {"parent", view.parent ? Json(view.parent->to_string()) : Json()},
               {"description", view.description},
               {"body", Json::parse(view.data, nullptr, false)},
               {"bytes", to_hex(event)}};
  if (Json detached = detached_of_event(decoded, bodies); !detached.empty()) {
    line["detached"] = std::move(detached);
  }
  output_.json({{"event", std::move(line)}});
  return {};
}

void ChainPrinter::flush() {
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
  if (!text.empty()) output_.text(text);
}

void print_chain(const log::Chain& chain, const std::string& actor, ChainForm form,
                 Output& output) {
  ChainPrinter printer(actor, form, output, chain.functions_at_first());
  printer.heading(chain.size(), chain.head());
  if (form == ChainForm::kText && chain.first_seq() > 0) {
    output.line(fmt::format("  (the oldest {} are not kept)", chain.first_seq()));
  }
  chain.for_each([&](uint64_t seq, ByteView bytes, const Hash& hash) {
    Result<void> printed = printer.event(bytes, hash);
    THEATER_CHECK(printed, "event {} of our own making does not decode", seq);
  });
  printer.flush();
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
