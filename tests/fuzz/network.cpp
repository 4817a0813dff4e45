// Descriptions of networks, which travel with weights: built, compiled and run once, and described again.
#include <backflow/runtime/data/image_dataset.h>
#include <backflow/runtime/models/description.h>
#include "tests/fuzz/fuzz.h"

using namespace backflow;

extern "C" int FUZZ_TARGET(const std::uint8_t* data, std::size_t size) {
  const data::ImageDataset images({1, 8, 8}, 5, {0.35F}, {0.3F});
  fuzz::accepts<Error>([&] {
    const models::Architecture network = models::described_network(fuzz::text_of(data, size));
    Graph g;
    const Value image = g.input("image", {.shape = {2, 1, 8, 8}, .image = true});
    models::NetworkBuilder builder(g);
    fuzz::run_once(g, image, network.build(builder, image), size % 2 == 0);
    const auto metadata = models::describe(network, images);
    models::described_network(metadata.at("network"));
  });
  return 0;
}
