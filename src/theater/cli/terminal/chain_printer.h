// A chain on standard output, as text or as JSON, while its events arrive.
#pragma once

#include "theater/cli/terminal/output.h"
#include "theater/cli/terminal/screen.h"
#include "theater/log/event/chain.h"
#include "theater/views/chain_view.h"
#include "theater/views/payload_types.h"

#include <cstdint>
#include <string>
#include <variant>

namespace theater::cli {

// Not thread-safe. The types and the output outlive it.
class ChainPrinter {
 public:
  // What a command line says about the form.
  struct Options {
    bool json = false;
    bool raw = false;    // Bytes in place of values.
    bool full = false;   // No payload and no line is shortened.
    Screen screen = {};  // What text is printed on.
  };

  // `actor` is the name that is printed. `functions` is the function table before the first event.
  ChainPrinter(std::string actor, const Options& options, views::PayloadTypes& types,
               Output& output, log::FunctionTable functions = {});

  // Prints the line above the events; in JSON there is none.
  void heading(uint64_t events, const Hash& head);

  // Takes an event and prints nothing. Fails with kInvalidArgument if it does not decode.
  Result<void> skip(ByteView event);

  // Takes an event. Text may wait for flush(), to be aligned. Fails as skip() does.
  Result<void> event(ByteView event, const Hash& hash, const views::Bodies* bodies = nullptr);

  void flush();

 private:
  std::variant<views::ChainText, views::ChainValues> view_;
  Output& output_;
};

// Prints all that a chain in memory keeps.
void print_chain(const log::Chain& chain, const std::string& actor,
                 const ChainPrinter::Options& options, views::PayloadTypes& types, Output& output);

}  // namespace theater::cli
