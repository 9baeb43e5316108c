// An export where a command line may also name an actor.
#pragma once

#include "theater/base/result.h"
#include "theater/log/export/reader.h"
#include "theater/views/log_proofs.h"

#include <memory>
#include <string>

namespace theater::cli {

// Whether `word` is the path of an export. Fails with kInvalidArgument if it is that of another
// file, and cannot be anything else: it has a `/` in it.
Result<bool> names_export(const std::string& word);

// Fails as ExportReader::open() does, naming the file.
Result<std::unique_ptr<log::ExportReader>> open_export(const std::string& path);

// Of the chain in an export, which is read to its end, and not proved.
Result<views::ChainFacts> read_export_facts(const std::string& path);

}  // namespace theater::cli
