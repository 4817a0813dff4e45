// Arrays of NumPy, alone and in archives.
#include <backflow/runtime/data/npy.h>
#include "tests/fuzz/fuzz.h"

using namespace backflow;

namespace {

/// Reads every element.
void visit(const data::Array& array) {
  double sum = 0;
  for (std::size_t i = 0; i < array.size(); ++i) sum += array.number(i);
  if (sum == 0.1234) fuzz::found("a sum that nothing has");
}

}  // namespace

extern "C" int FUZZ_TARGET(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file(data, size);
  fuzz::accepts<Error>([&] { visit(data::read_npy(file.path())); });
  fuzz::accepts<Error>([&] {
    for (const auto& [name, array] : data::read_npz(file.path(), {"x", "y"})) visit(array);
  });
  return 0;
}
