#include "theater/cli/commands.h"
#include "theater/cli/doctor.h"

namespace theater::cli {

// C++ is what the examples are written in; the other languages are for those who want them.
Exit run(const DoctorCommand& command, Output& output) {
  std::vector<ToolCheck> checks = check_tools();
  std::string text = command.json ? doctor_json(checks) : doctor_text(checks);
  output.text(text);
  if (!text.ends_with('\n')) output.text("\n");
  return complete(checks, GuestLanguage::kCpp) ? Exit::kDone : Exit::kFailed;
}

}  // namespace theater::cli
