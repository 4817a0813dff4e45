#include <backflow/runtime/dream/octave/tiles.h>

#include <backflow/runtime/dream/octave/octave_runner.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/dreams.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::dream;

namespace {

DreamOptions large(std::int64_t tile) {
  DreamOptions o = small_options("homework", 1, 64);
  o.height = 51;
  o.start_stddev = 0.2F;
  o.octaves = 1;
  o.scale_min = o.scale_max = 1;
  o.rotate = 0;
  o.jitter = 9;
  o.normalize = Normalize::none;
  o.gradient_blur = o.gradient_blur_end = 0;
  o.blur_every = 0;
  o.decay = 0;
  o.clamp = false;
  o.learning_rate = o.learning_rate_end = 100;  // the step is the gradient
  o.tile = tile;
  return o;
}

Tensor after(const DreamOptions& o, const std::string& objective, int threads = 2) {
  const Dream d(small_networks(), objective, o);
  Scheduler scheduler(threads);
  d.run(scheduler);
  return d.planes();
}

float furthest(const Tensor& a, const Tensor& b) {
  float most = 0;
  for (std::size_t i = 0; i < a.as().size(); ++i) most = std::max(most, std::abs(a.as()[i] - b.as()[i]));
  return most;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tiles)

BOOST_AUTO_TEST_CASE(every_pixel_is_in_one_tile_and_has_its_surroundings) {
  for (std::int64_t length : {1, 7, 16, 51, 64, 100})
    for (std::int64_t tile : {1, 8, 16, 31})
      for (std::int64_t halo : {0, 3, 12})
        for (std::int64_t stride : {1, 2, 4}) {
          const TileAxis axis = tiles_along(length, tile, halo, stride);
          std::int64_t next = 0;
          for (const TileCut& c : axis.cuts) {
            BOOST_REQUIRE_EQUAL(c.begin, next);
            next = c.end;
            BOOST_REQUIRE_EQUAL(c.origin % stride, 0);
            BOOST_REQUIRE(c.origin >= 0 && c.origin + axis.window <= length);
            BOOST_REQUIRE_LE(c.origin, std::max<std::int64_t>(0, c.begin - halo));
            BOOST_REQUIRE_GE(c.origin + axis.window, std::min(length, c.end + halo));
          }
          BOOST_REQUIRE_EQUAL(next, length);
        }
}

BOOST_AUTO_TEST_CASE(the_gradient_of_tiles_is_that_of_the_whole_image_for_convolutional_objectives) {
  for (const char* objective :
       {"layer:relu2", "layer:conv2:3", "layer:relu1 - 0.5*layer:conv2:1", "direction:conv2:1=1,4=-0.5"}) {
    const Tensor whole = after(large(0), objective), start = [] {
      DreamOptions o = large(0);
      o.learning_rate = o.learning_rate_end = 0;
      return after(o, "layer:relu2");
    }();
    for (std::int64_t tile : {16, 24}) {
      const Tensor tiled = after(large(tile), objective);
      const float moved = furthest(whole, start);
      BOOST_TEST_CONTEXT(objective << ", tiles of " << tile << ", moved " << moved) {
        BOOST_CHECK_GT(moved, 1e-3F);
        BOOST_CHECK_LE(furthest(tiled, whole), 1e-5F * (1 + moved));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(without_surroundings_the_gradient_is_another_one) {
  DreamOptions o = large(16);
  o.tile_halo = 0;
  const Tensor whole = after(large(0), "layer:relu2"), bare = after(o, "layer:relu2");
  BOOST_CHECK_GT(furthest(bare, whole), 1e-4F);
}

BOOST_AUTO_TEST_CASE(tiles_have_the_same_bits_at_any_thread_count) {
  DreamOptions o = large(16);
  o.steps = 3;
  o.tv = 0.01F;
  o.optimizer = Optimizer::adam;
  o.learning_rate = o.learning_rate_end = 0.01F;
  o.parameterization = Parameterization::sigmoid;
  const Tensor first = after(o, "class:2", 1);
  for (int threads : {2, 4}) BOOST_CHECK(furthest(after(o, "class:2", threads), first) == 0);
}

BOOST_AUTO_TEST_CASE(tiles_of_a_wide_network_need_less_memory) {
  DreamNetwork wide = small_network();
  wide.build = [](Value image) {
    Value x = relu(conv2d(image, {.out = 64, .kernel = 3, .padding = 1, .name = "conv1"}));
    x = relu(conv2d(x, {.out = 64, .kernel = 3, .padding = 1, .name = "conv2"}));
    return models::Classifier{{}, {{"relu2", x}}};
  };
  const auto networks = std::make_shared<DreamNetworks>(wide);
  DreamOptions o = large(0);
  o.width = o.height = 256;
  const std::size_t whole = Dream(networks, "layer:relu2", o).memory_bytes();
  o.tile = 32;
  BOOST_CHECK_LT(Dream(networks, "layer:relu2", o).memory_bytes(), whole / 2);
}

BOOST_AUTO_TEST_CASE(what_needs_the_whole_image_does_not_go_with_tiles) {
  CHECK_FAILS(Dream(small_networks(), "neuron:relu2:1", large(16)), "needs the whole image");
  DreamOptions o = large(16);
  o.rotate = 5;
  CHECK_FAILS(Dream(small_networks(), "layer:relu2", o), "jitter alone");
}

BOOST_AUTO_TEST_SUITE_END()
