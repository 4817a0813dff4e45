// IDX files, plain and gzip.
#include <backflow/runtime/data/idx.h>
#include "tests/fuzz/fuzz.h"

using namespace backflow;

extern "C" int FUZZ_TARGET(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file(data, size);
  for (const std::size_t axes : {1, 3})
    fuzz::accepts<Error>([&] {
      const data::Idx idx = data::read_idx(file.path(), axes);
      if (static_cast<std::int64_t>(idx.data.size()) != elements(idx.shape)) fuzz::found("data of another size");
    });
  return 0;
}
