#include <backflow/runtime/dream/dream_networks.h>

#include <backflow/ops/reduce_mean.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/dreams.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::dream;

namespace {

/// Its one layer is the means of the channels, as the network reads them.
DreamNetwork means(std::vector<float> mean, std::vector<float> stddev) {
  DreamNetwork n{.build = {}, .mean = std::move(mean), .stddev = std::move(stddev)};
  n.build = [](Value image) { return models::Classifier{{}, {{"means", reduce_mean(image, {.axes = {2, 3}})}}}; };
  return n;
}

/// What a network's layer is for an image of one colour.
std::vector<float> seen(DreamNetworks& networks, std::size_t i, const std::vector<float>& colour) {
  Graph g;
  const auto channels = static_cast<std::int64_t>(colour.size());
  g.output("y", networks.build(i, g.input("x", {{1, channels, 2, 2}})).layers[0].value);
  Store own;
  Scheduler scheduler(1);
  const auto flow = networks.compile(g, own, scheduler, "test");
  for (std::size_t c = 0; c < colour.size(); ++c)
    std::fill_n(flow->input("x").as().begin() + static_cast<std::ptrdiff_t>(4 * c), 4, colour[c]);
  flow->run();
  const auto y = flow->output("y");
  return {y.begin(), y.end()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dream_networks)

BOOST_AUTO_TEST_CASE(each_network_reads_pixels_less_its_mean_over_its_deviation) {
  DreamNetworks networks({means({0.5F, 0, 0.25F}, {0.25F, 1, 0.5F}), means({0, 0, 0}, {1, 1, 1})});
  const auto first = seen(networks, 0, {1, 0.5F, 0}), second = seen(networks, 1, {1, 0.5F, 0});
  const std::vector<float> expected{2, 0.5F, -0.5F}, plain{1, 0.5F, 0};
  for (std::size_t c = 0; c < 3; ++c) {
    BOOST_CHECK_CLOSE(first[c], expected[c], 1e-4F);
    BOOST_CHECK_SMALL(second[c] - plain[c], 1e-6F);
  }
}

BOOST_AUTO_TEST_CASE(parameters_of_one_name_are_other_ones_in_each_network_and_the_same_in_each_graph) {
  DreamNetworks networks({small_network(), small_network()});
  Graph g;
  const Value x = g.input("x", {{1, 3, 8, 8}});
  for (std::size_t i : {0U, 1U, 0U}) g.output(str_cat("y", g.size()), networks.build(i, x).logits);
  Store own;
  Scheduler scheduler(1);
  const auto flow = networks.compile(g, own, scheduler, "test");
  const auto& weights = networks.weights().tensors();
  BOOST_CHECK_EQUAL(weights.count("conv1.weight") + weights.count("network2/conv1.weight"), 2);
  BOOST_CHECK_EQUAL(weights.size(), 12);
  BOOST_CHECK(own.tensors().empty());
}

BOOST_AUTO_TEST_CASE(names_say_layers_with_their_shapes_and_classes) {
  const DreamNetworks networks(small_network());
  const ObjectiveNames names = networks.names(0, 10, 12);
  BOOST_CHECK_EQUAL(names.classes, 5);
  BOOST_CHECK_EQUAL(names.labels[1], "dog");
  BOOST_CHECK_EQUAL(names.layers[0].name, "conv1");
  BOOST_CHECK((names.layers[3].shape == Shape{1, 8, 5, 6}));
}

BOOST_AUTO_TEST_CASE(the_smallest_size_is_that_which_all_networks_take) {
  BOOST_CHECK_EQUAL(small_networks()->smallest_size(), 2);
  DreamNetwork large = small_network();
  large.build = [](Value x) {
    return models::Classifier{{}, {{"a", conv2d(x, {.out = 2, .kernel = 7, .name = "a"})}}};
  };
  BOOST_CHECK_EQUAL(DreamNetworks({small_network(), large}).smallest_size(), 7);
  large.build = [](Value x) {
    return models::Classifier{{}, {{"a", conv2d(x, {.out = 2, .kernel = 2000, .name = "a"})}}};
  };
  BOOST_CHECK_EQUAL(DreamNetworks(large).smallest_size(), 0);
}

BOOST_AUTO_TEST_CASE(a_class_concerns_all_networks_and_a_layer_those_that_have_it) {
  DreamNetwork other = means({0, 0, 0}, {1, 1, 1});
  const auto inner = other.build;
  other.build = [inner](Value x) {
    models::Classifier c = small_classifier(x);
    return models::Classifier{c.logits, inner(x).layers};
  };
  const DreamNetworks networks({small_network(), other});
  const auto found = resolved(parse_objective("class:1 + layer:means - layer:relu1"), networks, 8, 8);
  BOOST_REQUIRE_EQUAL(found.size(), 2);
  BOOST_CHECK_EQUAL(to_string(found[0]), "class:1 - layer:relu1");
  BOOST_CHECK_EQUAL(to_string(found[1]), "class:1 + layer:means");
  CHECK_FAILS(resolved(parse_objective("layer:mean"), networks, 8, 8), "means");
}

BOOST_AUTO_TEST_CASE(networks_that_make_no_sense_are_refused) {
  CHECK_FAILS(DreamNetworks(std::vector<DreamNetwork>{}), "needs a network");
  CHECK_FAILS(DreamNetworks({small_network(3), small_network(1)}), "images of 3 channels, another one of 1");
  CHECK_FAILS(DreamNetworks(means({0}, {0})), "deviation needs to be above 0, got 0");
  CHECK_FAILS(DreamNetworks(means({0, 0}, {1})), "a mean and a deviation for each channel");
  DreamNetwork empty = small_network();
  empty.build = nullptr;
  CHECK_FAILS(DreamNetworks({empty}), "needs a builder");
}

BOOST_AUTO_TEST_SUITE_END()
