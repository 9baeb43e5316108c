// Many answers that are open at once, and the threads that they cost.
#pragma once

#include <cstddef>

namespace theater::bench {

// Opens so many answers of a server that sends a head and a first piece and then waits. Prints
// http.out.streams.
void measure_open_answers(size_t count);

}  // namespace theater::bench
