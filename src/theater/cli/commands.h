// The commands, one source each. Each prints its results and its failures and says how it went.
#pragma once

#include "theater/cli/arguments.h"
#include "theater/cli/output.h"

namespace theater::cli {

Exit run(const NewCommand& command, Output& output);
Exit run(const RunCommand& command, Output& output);
Exit run(const InspectCommand& command, Output& output);
Exit run(const ValidateCommand& command, Output& output);
Exit run(const GrantsCommand& command, Output& output);
Exit run(const BuildCommand& command, Output& output);
Exit run(const LogListCommand& command, Output& output);
Exit run(const LogShowCommand& command, Output& output);
Exit run(const LogHeadCommand& command, Output& output);
Exit run(const LogKeyCommand& command, Output& output);
Exit run(const LogExportCommand& command, Output& output);
Exit run(const LogProofCommand& command, Output& output);
Exit run(const LogCheckpointCommand& command, Output& output);
Exit run(const LogSizeCommand& command, Output& output);
Exit run(const VerifyCommand& command, Output& output);
Exit run(const ReplayCommand& command, Output& output);
Exit run(const StoreListCommand& command, Output& output);
Exit run(const StorePutCommand& command, Output& output);
Exit run(const StoreGetCommand& command, Output& output);
Exit run(const StoreRemoveCommand& command, Output& output);
Exit run(const StoreCollectCommand& command, Output& output);
Exit run(const DoctorCommand& command, Output& output);
Exit run(const VersionCommand& command, Output& output);
Exit run(const HelpCommand& command, Output& output);

}  // namespace theater::cli
