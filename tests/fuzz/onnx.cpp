// ONNX files: loaded, built for two images, compiled and run once.
#include <backflow/runtime/models/model.h>
#include "tests/fuzz/fuzz.h"

using namespace backflow;

extern "C" int FUZZ_TARGET(const std::uint8_t* data, std::size_t size) {
  constexpr std::int64_t side = 8;  // where the file leaves it open
  const fuzz::MemoryFile file(data, size);
  fuzz::accepts<Error>([&] {
    const auto model = models::load_model(file.path());
    const models::InputSpec& in = model->input();
    const auto length = [](std::int64_t n) { return n == 0 ? side : n; };
    Graph g;
    const Value image =
        g.input("image", {.shape = {2, in.channels, length(in.height), length(in.width)}, .image = true});
    fuzz::run_once(g, image, model->build(image).logits, size % 2 == 0);
  });
  return 0;
}
