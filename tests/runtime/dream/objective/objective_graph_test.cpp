// Every kind of objective climbs; guides, masks, several networks and several scales do what they say.
#include <algorithm>

#include <backflow/runtime/dream/objective/objective_graph.h>

#include <backflow/runtime/dream/image/planes.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/dreams.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::dream;

namespace {

DreamOptions options() {
  DreamOptions o = small_options("naive", 20);
  o.normalize = Normalize::rms;
  return o;
}

Dream made(const std::shared_ptr<DreamNetworks>& networks, const std::string& objective, const DreamOptions& o,
           const DreamInputs& in = {.photo = small_photo(), .guide = small_photo(30, 30), .mask = {}}) {
  const Dream d(networks, objective, o, in);
  Scheduler scheduler(2);
  d.run(scheduler);
  return d;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(objective_graph)

BOOST_AUTO_TEST_CASE(every_kind_of_objective_climbs) {
  for (const char* objective :
       {"class:owl", "layer:conv1", "layer:relu2:3", "neuron:conv2:1", "layer:conv2:1:2,3",
        "direction:conv2:1=1,4=-0.5", "cosine:conv2:0=1,2=1", "guide:conv1", "caricature:conv2", "invert:conv2",
        "style:conv1", "diversity:conv1", "class:0 - 0.5*layer:conv1 + style:relu1"}) {
    DreamOptions o = options();
    o.variants = 2;
    const auto steps = made(small_networks(), objective, o).metrics();
    BOOST_CHECK_MESSAGE(steps.back().objective > steps.front().objective,
                        objective << " went from " << steps.front().objective << " to " << steps.back().objective);
  }
}

BOOST_AUTO_TEST_CASE(the_guide_itself_is_what_inversion_looks_for) {
  DreamOptions o = options();
  o.start = Start::photo;
  o.learning_rate = o.learning_rate_end = 0;
  const image::Image photo = small_photo();
  const auto same = made(small_networks(), "invert:conv2", o, {.photo = photo, .guide = photo, .mask = {}}).metrics();
  BOOST_CHECK_SMALL(same.front().objective, 1e-9);
}

BOOST_AUTO_TEST_CASE(what_a_mask_hides_stays_as_it_starts) {
  for (const auto image : {Parameterization::pixels, Parameterization::fourier}) {
    DreamOptions o = options();
    o.parameterization = image;
    o.start = Start::photo;
    image::Image mask = image::blank_image(20, 20, {0, 0, 0});
    for (int y = 0; y < 20; ++y)
      for (int x = 10; x < 20; ++x) std::fill_n(mask.at(x, y), 3, std::uint8_t{255});
    const image::Image photo = small_photo(20, 20);
    const image::Image after =
        made(small_networks(), "class:1", o, {.photo = photo, .guide = {}, .mask = mask}).image();
    bool hidden_is_same = true, shown_differs = false;
    for (int y = 0; y < 20; ++y)
      for (int x = 0; x < 20; ++x) {
        const bool same = std::equal(photo.at(x, y), photo.at(x, y) + 3, after.at(x, y));
        hidden_is_same = hidden_is_same && (same || x >= 10);
        shown_differs = shown_differs || (!same && x >= 10);
      }
    BOOST_CHECK(hidden_is_same);
    BOOST_CHECK(shown_differs);
  }
}

BOOST_AUTO_TEST_CASE(two_networks_share_names_but_no_weights_and_both_count) {
  const auto networks = std::make_shared<DreamNetworks>(std::vector{small_network(), small_network()});
  const Dream both = made(networks, "class:2", options());
  BOOST_CHECK_EQUAL(networks->weights().tensors().size(), 12);
  BOOST_CHECK_GT(both.metrics().back().objective, both.metrics().front().objective);
  BOOST_CHECK(both.image() != made(small_networks(), "class:2", options()).image());
}

BOOST_AUTO_TEST_CASE(several_scales_and_views_are_means) {
  DreamOptions o = options();
  o.learning_rate = o.learning_rate_end = 0;
  const double alone = made(small_networks(), "class:2", o).metrics().front().objective;
  o.scales = {1, 1};
  BOOST_CHECK_CLOSE(made(small_networks(), "class:2", o).metrics().front().objective, alone, 1e-3);
  o.scales = {1};
  o.crops = 3;
  o.crop_min = o.crop_max = 1;
  BOOST_CHECK_CLOSE(made(small_networks(), "class:2", o).metrics().front().objective, alone, 1e-2);
}

BOOST_AUTO_TEST_SUITE_END()
