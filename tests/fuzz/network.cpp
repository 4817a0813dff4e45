// Descriptions of networks, which travel with weights: built, compiled and run once, and described again.
#include "tests/fuzz/fuzz.h"

using namespace backflow;

extern "C" int FUZZ_TARGET(const std::uint8_t* data, std::size_t size) {
  fuzz::accepts<Error>(
      [&] { fuzz::build_and_describe(models::described_network(fuzz::text_of(data, size)), size % 2 == 0); });
  return 0;
}
