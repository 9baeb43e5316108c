// Values of other kinds made of random bytes.
#pragma once

#include "theater/base/random.h"

#include <cstdint>
#include <string>

namespace theater {

// A multiple of 2⁻⁵³ in [0, 1), each as likely as any other.
double random_float(Random& random);

// A UUID of version 4 (RFC 9562) in small letters: 122 random bits.
std::string random_uuid(Random& random);

}  // namespace theater
