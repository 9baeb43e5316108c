#include "theater/cli/terminal/chain_printer.h"

#include "theater/base/check.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace theater::cli {

namespace {

using View = std::variant<views::ChainText, views::ChainValues>;

View chain_view(std::string actor, const ChainPrinter::Options& options, views::PayloadTypes& types,
                log::FunctionTable functions) {
  views::ChainForm form;
  if (options.raw) form.payloads = views::PayloadForm::kBytes;
  if (options.full) form.length = views::PayloadLength::kFull;
  form.columns = options.full ? 0 : options.screen.columns;
  form.has_colours = options.screen.has_colours;
  if (options.json) return views::ChainValues(std::move(actor), types, form, std::move(functions));
  return views::ChainText(std::move(actor), types, form, std::move(functions));
}

}  // namespace

ChainPrinter::ChainPrinter(std::string actor, const Options& options, views::PayloadTypes& types,
                           Output& output, log::FunctionTable functions)
    : view_(chain_view(std::move(actor), options, types, std::move(functions))), output_(output) {}

void ChainPrinter::heading(uint64_t events, const Hash& head) {
  if (auto* text = std::get_if<views::ChainText>(&view_))
    output_.shown(text->heading(events, head));
}

Result<void> ChainPrinter::skip(ByteView event) {
  return std::visit([&](auto& view) { return view.skip(event); }, view_);
}

Result<void> ChainPrinter::event(ByteView event, const Hash& hash, const views::Bodies* bodies) {
  if (auto* text = std::get_if<views::ChainText>(&view_)) {
    output_.shown(THEATER_TRY(text->event(event, hash, bodies)));
  } else {
    output_.json(THEATER_TRY(std::get<views::ChainValues>(view_).event(event, hash, bodies)));
  }
  return {};
}

void ChainPrinter::flush() {
  if (auto* text = std::get_if<views::ChainText>(&view_)) output_.shown(text->flush());
}

void print_chain(const log::Chain& chain, const std::string& actor,
                 const ChainPrinter::Options& options, views::PayloadTypes& types, Output& output) {
  ChainPrinter printer(actor, options, types, output, chain.functions_at_first());
  printer.heading(chain.size(), chain.head());
  if (!options.json && chain.first_seq() > 0) {
    output.line(fmt::format("  (the oldest {} are not kept)", chain.first_seq()));
  }
  chain.for_each([&](uint64_t seq, ByteView bytes, const Hash& hash) {
    Result<void> printed = printer.event(bytes, hash);
    THEATER_CHECK(printed, "event {} of our own making does not decode", seq);
  });
  printer.flush();
}

}  // namespace theater::cli
