// Many streams of actors that are open at once, and the threads that they cost.
#pragma once

#include <cstddef>
#include <string>

namespace theater::bench {

// Lets so many actors open so many streams each, of a server that sends a head and a first piece and
// then waits, until the guests have had both of each stream. Prints http.out.streams.actors.
// `guests` is the folder of the guests.
void measure_actor_streams(const std::string& guests, size_t actors, size_t each);

}  // namespace theater::bench
