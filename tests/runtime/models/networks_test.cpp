#include <backflow/runtime/models/networks.h>

#include <map>

#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::models;

namespace {

using Shapes = std::map<std::string, Shape>;

/// Builds `network` for `images` and returns the shapes of its parameters, and of its result as "logits".
Shapes shapes_of(const Network& network, const Shape& images) {
  Graph g;
  const Value logits = network(g.input("images", {images}));
  g.output("logits", logits);
  Store store;
  Scheduler scheduler(1);
  Flow flow(g, store, scheduler);
  Shapes result{{"logits", logits.shape()}};
  for (const auto& [name, tensor] : store.tensors()) result[name] = tensor.shape();
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(networks)

BOOST_AUTO_TEST_CASE(a_perceptron_has_a_layer_for_each_width_and_one_for_the_classes) {
  const Shapes expected{
      {"logits", {3, 10}}, {"fc1.weight", {20, 2 * 5 * 7}}, {"fc1.bias", {20}}, {"fc2.weight", {15, 20}},
      {"fc2.bias", {15}},  {"fc3.weight", {10, 15}},        {"fc3.bias", {10}}};
  BOOST_TEST((shapes_of(mlp({20, 15}, 10), {3, 2, 5, 7}) == expected));
}

BOOST_AUTO_TEST_CASE(a_perceptron_without_hidden_layers_is_linear) {
  const Shapes expected{{"logits", {1, 4}}, {"fc1.weight", {4, 6}}, {"fc1.bias", {4}}};
  BOOST_TEST((shapes_of(mlp({}, 4), {1, 1, 2, 3}) == expected));
}

BOOST_AUTO_TEST_CASE(the_convolutional_network_halves_the_image_twice) {
  for (auto [side, flat] : {std::pair<std::int64_t, std::int64_t>{28, 64 * 7 * 7}, {9, 64 * 2 * 2}, {4, 64}}) {
    const Shapes expected{
        {"logits", {2, 10}},  {"conv1.weight", {32, 1, 3, 3}}, {"conv1.bias", {32}}, {"conv2.weight", {64, 32, 3, 3}},
        {"conv2.bias", {64}}, {"fc1.weight", {128, flat}},     {"fc1.bias", {128}},  {"fc2.weight", {10, 128}},
        {"fc2.bias", {10}}};
    BOOST_TEST((shapes_of(cnn(10), {2, 1, side, side}) == expected));
  }
}

BOOST_AUTO_TEST_CASE(an_image_too_small_to_be_halved_twice_is_refused) {
  CHECK_FAILS(shapes_of(cnn(10), {2, 1, 3, 3}), "[max_pool2d]");
}

BOOST_AUTO_TEST_SUITE_END()
