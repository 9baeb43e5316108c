// The file of an export, where a command line may also name an actor.
//
// Commands read an export without a home. These functions do not check what the file proves;
// log::check_export() does.
#pragma once

#include "theater/base/result.h"
#include "theater/log/export/reader.h"
#include "theater/views/log_proofs.h"

#include <memory>
#include <string>

namespace theater::cli {

// Whether `word` is the path of an export. Fails with kInvalidArgument if it is the path of another
// file and no name of an actor, because it has a `/` in it.
Result<bool> names_export(const std::string& word);

// Opens the export in the file `path`. Fails as ExportReader::open() does, naming the file.
Result<std::unique_ptr<log::ExportReader>> open_export(const std::string& path);

// Reads the chain in an export to its end. Fails as ExportReader::next() does, naming the place.
Result<views::ChainFacts> read_export_facts(const std::string& path);

}  // namespace theater::cli
