// The commands, one source each. Each prints its results and its failures and says how it went.
#pragma once

#include "theater/cli/arguments.h"
#include "theater/cli/output.h"

namespace theater::cli {

Exit carry_out(const NewCommand& command, Output& output);
Exit carry_out(const RunCommand& command, Output& output);
Exit carry_out(const InspectCommand& command, Output& output);
Exit carry_out(const ValidateCommand& command, Output& output);
Exit carry_out(const GrantsCommand& command, Output& output);
Exit carry_out(const BuildCommand& command, Output& output);
Exit carry_out(const LogListCommand& command, Output& output);
Exit carry_out(const LogShowCommand& command, Output& output);
Exit carry_out(const LogHeadCommand& command, Output& output);
Exit carry_out(const LogKeyCommand& command, Output& output);
Exit carry_out(const LogExportCommand& command, Output& output);
Exit carry_out(const LogProofCommand& command, Output& output);
Exit carry_out(const LogCheckpointCommand& command, Output& output);
Exit carry_out(const LogSizeCommand& command, Output& output);
Exit carry_out(const VerifyCommand& command, Output& output);
Exit carry_out(const ReplayCommand& command, Output& output);
Exit carry_out(const StoreListCommand& command, Output& output);
Exit carry_out(const StorePutCommand& command, Output& output);
Exit carry_out(const StoreGetCommand& command, Output& output);
Exit carry_out(const StoreRemoveCommand& command, Output& output);
Exit carry_out(const StoreCollectCommand& command, Output& output);
Exit carry_out(const DoctorCommand& command, Output& output);
Exit carry_out(const VersionCommand& command, Output& output);
Exit carry_out(const HelpCommand& command, Output& output);

}  // namespace theater::cli
