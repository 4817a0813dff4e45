// Networks in the words of the ops: built, compiled and run once, and described as files of weights have them.
#include <backflow/runtime/data/image_dataset.h>
#include <backflow/runtime/models/description.h>
#include <backflow/runtime/models/layered_network.h>
#include "tests/fuzz/fuzz.h"

using namespace backflow;

extern "C" int FUZZ_TARGET(const std::uint8_t* data, std::size_t size) {
  const data::ImageDataset images({1, 8, 8}, 5, {0.35F}, {0.3F});
  fuzz::accepts<Error>([&] {
    const models::Architecture network = models::layered_network(fuzz::text_of(data, size), "net.json", 5);
    Graph g;
    const Value image = g.input("image", {.shape = {2, 1, 8, 8}, .image = true});
    models::NetworkBuilder builder(g);
    fuzz::run_once(g, image, network.build(builder, image), size % 2 == 0);
    const auto metadata = models::describe(network, images);
    models::described_network(metadata.at("network"));
  });
  return 0;
}
