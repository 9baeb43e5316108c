#include "theater/sandbox/init_image.h"

#include "theater/sandbox/sealed_file.h"

#include <cstddef>
#include <cstdint>

// The build puts the program there (CMakeLists.txt).
extern "C" {
extern const char theater_sandbox_init_begin[];
extern const char theater_sandbox_init_end[];
}

namespace theater {

namespace {

Result<Descriptor> make_image() {
  auto size = static_cast<size_t>(theater_sandbox_init_end - theater_sandbox_init_begin);
  return seal_file("sandbox-init",
                   ByteView(reinterpret_cast<const uint8_t*>(theater_sandbox_init_begin), size));
}

}  // namespace

Result<const Descriptor*> init_image() {
  static const Result<Descriptor> image = make_image();
  if (!image) return Failure(image.error());
  return &*image;
}

}  // namespace theater
