// Networks in the words of the ops: built, compiled and run once, and described as files of weights have them.
#include <backflow/runtime/models/layered_network.h>
#include "tests/fuzz/fuzz.h"

using namespace backflow;

extern "C" int FUZZ_TARGET(const std::uint8_t* data, std::size_t size) {
  fuzz::accepts<Error>([&] {
    fuzz::build_and_describe(models::layered_network(fuzz::text_of(data, size), "net.json", 5), size % 2 == 0);
  });
  return 0;
}
