// testing/odd_server.py as a process: a web server that does all that servers should not.
#pragma once

#include "theater/base/check.h"
#include "theater/base/descriptor.h"
#include "theater/base/testing/source_tree.h"
#include "theater/base/testing/temporary_folder.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>

namespace theater {

// Ends when its standard input does.
class OddServer {
 public:
  OddServer() {
    std::array<int, 2> to{};
    std::array<int, 2> from{};
    THEATER_CHECK(pipe2(to.data(), O_CLOEXEC) == 0 && pipe2(from.data(), O_CLOEXEC) == 0);
    process_ = fork();
    if (process_ == 0) {
      dup2(to[0], 0);
      dup2(from[1], 1);
      const std::string server = source_path("src/theater/net/testing/odd_server.py");
      const char* python = std::getenv("THEATER_PYTHON");
      execlp(python != nullptr ? python : "python3", "python3", server.c_str(),
             folder_.path().c_str(), nullptr);
      _exit(127);
    }
    Descriptor server_input(to[0]);
    Descriptor output(from[0]);
    Descriptor(from[1]).reset();
    input_ = Descriptor(to[1]);
    // To the end of the line: a pipe that is closed before would end the server.
    std::string line;
    for (char byte = 0; byte != '\n' && read(output.number(), &byte, 1) == 1;)
      line += byte;
    std::istringstream words(line);
    std::string name;
    for (uint16_t port = 0; words >> name >> port;)
      ports_[name] = port;
    THEATER_CHECK(!ports_.empty(), "the server did not start: {}", line);
  }
  ~OddServer() {
    input_.reset();
    int status = 0;
    waitpid(process_, &status, 0);
  }
  OddServer(const OddServer&) = delete;
  OddServer& operator=(const OddServer&) = delete;

  // By the names that the server lists.
  uint16_t port(const std::string& name) const { return ports_.at(name); }
  // The certificate of the authority of most of its ports, and other files of it.
  std::filesystem::path authority() const { return file("ca.pem"); }
  std::filesystem::path file(const char* name) const { return folder_.path() / name; }

 private:
  TemporaryFolder folder_;
  std::map<std::string, uint16_t> ports_;
  pid_t process_ = 0;
  Descriptor input_;
};

}  // namespace theater
