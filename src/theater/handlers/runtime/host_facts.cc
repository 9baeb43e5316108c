#include "theater/handlers/runtime/host_facts.h"

#include <fcntl.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <charconv>

namespace theater {

namespace {

std::optional<uint64_t> memory_available() {
  int file = ::open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  // The line stands third; what is beyond the buffer is of no interest.
  char buffer[512];
  ssize_t size = ::read(file, buffer, sizeof buffer);
  ::close(file);
  if (size <= 0) return std::nullopt;
  return memory_available_in({buffer, static_cast<size_t>(size)});
}

}  // namespace

std::optional<uint64_t> memory_available_in(std::string_view meminfo) {
  constexpr std::string_view kLabel = "MemAvailable:";
  size_t at = meminfo.find(kLabel);
  if (at == std::string_view::npos) return std::nullopt;
  at = meminfo.find_first_not_of(' ', at + kLabel.size());
  if (at == std::string_view::npos) return std::nullopt;
  uint64_t kibibytes = 0;
  auto read = std::from_chars(meminfo.data() + at, meminfo.data() + meminfo.size(), kibibytes);
  if (read.ec != std::errc()) return std::nullopt;
  return kibibytes << 10;
}

std::optional<std::string> MachineFacts::environment(const std::string& name) const {
  const std::string* value = variables_.find(name);
  if (value == nullptr) return std::nullopt;
  return *value;
}

SystemInfo MachineFacts::system_info() const {
  SystemInfo info;
  utsname names{};
  if (::uname(&names) == 0) {
    info.hostname = names.nodename;
    info.os_type = names.sysname;
    info.os_release = names.release;
  }
  long processors = ::sysconf(_SC_NPROCESSORS_ONLN);
  if (processors > 0) info.cpu_count = static_cast<uint32_t>(processors);
  struct sysinfo numbers{};
  if (::sysinfo(&numbers) == 0) {
    info.memory_total = uint64_t{numbers.totalram} * numbers.mem_unit;
    info.memory_available = uint64_t{numbers.freeram} * numbers.mem_unit;
    info.uptime = static_cast<uint64_t>(numbers.uptime);
  }
  info.memory_available = memory_available().value_or(info.memory_available);
  return info;
}

}  // namespace theater
