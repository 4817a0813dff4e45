#include <backflow/runtime/data/image_dataset.h>
#include <backflow/runtime/models/fine_tuning.h>

#include <backflow/ops/adaptive_average_pool2d.h>
#include <backflow/ops/add.h>
#include <backflow/ops/batch_norm.h>
#include <backflow/ops/clip.h>
#include <backflow/ops/divide.h>
#include <backflow/ops/log_softmax.h>
#include <backflow/ops/pad.h>
#include <backflow/ops/reduce_mean.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/slice.h>
#include <backflow/ops/subtract.h>
#include <backflow/ops/transpose.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/models/description.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/checkpoint.h>
#include <backflow/runtime/train/evaluator.h>
#include <backflow/runtime/train/features.h>
#include "tests/support/files.h"
#include "tests/support/small_data.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::models;

namespace {

/// A network in memory; its parameters are drawn with seed 1.
class OwnModel final : public Model {
 public:
  explicit OwnModel(Network network, InputSpec input = {1, 8, 8, {0.4F}, {0.25F}})
      : network_(std::move(network)), input_(std::move(input)) {}
  const InputSpec& input() const override { return input_; }
  std::int64_t classes() const override { return 0; }
  Classifier build(Value image) const override { return {network_(image), {}}; }

 private:
  Network network_;
  InputSpec input_;
};

/// images [N, 1, 8, 8] → [N, 7]
Value normalized(Value images) {
  Value x = conv2d(images, {.out = 6, .kernel = 3, .padding = 1, .name = "stem.conv"});
  x = relu(batch_norm(x, {.name = "stem.bn"}), "stem.relu");
  x = relu(conv2d(x, {.out = 8, .kernel = 3, .stride = 2, .name = "body"}), "body.relu");
  return linear(reduce_mean(x, {.axes = {2, 3}}), {.out = 7, .name = "fc"});
}

Pretrained start(const Network& network = normalized, std::int64_t classes = 5) {
  return pretrained(OwnModel(network), classes);
}

std::vector<float> logits_of(const Network& network, Store& store, const Shape& images) {
  Graph g;
  g.set_mode(Mode::prediction);
  g.output("logits", network(g.input("images", {.shape = images, .image = true})));
  Scheduler scheduler(2);
  Flow flow(g, store, scheduler);
  for (std::size_t i = 0; float& v : flow.input("images").as()) v = static_cast<float>(i++ % 13) / 10;
  flow.run();
  return {flow.output("logits").begin(), flow.output("logits").end()};
}

std::vector<std::string> parameters_of(const Architecture& network) {
  Graph g;
  g.set_mode(Mode::training);
  network(g.input("images", {.shape = {4, 1, 8, 8}, .image = true}));
  std::vector<std::string> names;
  for (const Value& v : g.parameters()) names.push_back(g.node(v).name);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(fine_tuning)

BOOST_AUTO_TEST_CASE(the_last_layer_gets_another_number_of_classes) {
  const Pretrained p = start();
  BOOST_TEST(p.head == "fc");
  BOOST_TEST(p.former_classes == 7);
  BOOST_TEST(p.has_new_head());
  Store store(3);
  p.assign_to(store);
  BOOST_TEST(store.at("fc.weight").shape() == (Shape{5, 8}));
  BOOST_TEST(store.at("fc.bias").shape() == Shape{5});
  const Tensor weights = store.plain("fc.weight");
  for (const float w : weights.as()) BOOST_TEST(std::abs(w) <= 1 / std::sqrt(8.0F));
  BOOST_TEST(logits_of(described_network(p.description), store, {2, 1, 8, 8}).size() == 10U);
}

BOOST_AUTO_TEST_CASE(a_network_of_as_many_classes_computes_what_it_did) {
  const Pretrained p = start(normalized, 7);
  BOOST_TEST(!p.has_new_head());
  Store before, after;
  const auto wanted = logits_of(normalized, before, {2, 1, 8, 8});
  p.assign_to(after);
  BOOST_TEST(logits_of(described_network(p.description), after, {2, 1, 8, 8}) == wanted);
}

BOOST_AUTO_TEST_CASE(heads_of_many_forms_are_found) {
  const auto classes_of = [](const Network& network) {
    const Pretrained p = start(network);
    Store store;
    p.assign_to(store);
    return logits_of(described_network(p.description), store, {3, 1, 8, 8}).size() / 3;
  };
  const auto convolution = [](Value x) { return conv2d(x, {.out = 7, .kernel = 1, .name = "last"}); };
  BOOST_TEST(classes_of([&](Value x) { return reduce_mean(relu(convolution(x)), {.axes = {2, 3}}); }) == 5U);
  BOOST_TEST(classes_of([&](Value x) {
               const Value y = adaptive_average_pool2d(convolution(x), {.height = 1, .width = 1});
               return reshape(y, {x.shape()[0], 7});
             }) == 5U);
  BOOST_TEST(classes_of([](Value x) {
               Graph& g = *x.graph;
               const Value bias = g.parameter("bias", {{7}}, filled(1));
               return log_softmax(add(linear(flatten(x), {.out = 7, .bias = false, .name = "fc"}), bias));
             }) == 5U);
}

BOOST_AUTO_TEST_CASE(constants_and_moves_of_numbers_travel_with_the_network) {
  const Network network = [](Value x) {
    Graph& g = *x.graph;
    const Value shift = g.constant("shift", {{1, 1, 1, 1}}, filled(0.5F)), deviation = g.constant("d", {{}}, filled(2));
    Value y = clip(divide(subtract(x, shift), deviation), {.low = -0.2F, .high = 0.3F});
    y = pad(y, {.before = {0, 0, 1, 0}, .after = {0, 0, 0, 1}, .value = 0.1F});
    y = slice(y, {0, 0, 1, 2}, {x.shape()[0], 1, 8, 7});
    return linear(flatten(transpose(y, {.order = {0, 3, 1, 2}})), {.out = 7, .name = "fc"});
  };
  const Pretrained p = start(network, 7);
  Store before, after;
  const auto wanted = logits_of(network, before, {2, 1, 8, 8});
  p.assign_to(after);
  BOOST_TEST(after.contains("shift"));
  BOOST_TEST(logits_of(described_network(p.description), after, {2, 1, 8, 8}) == wanted);
}

BOOST_AUTO_TEST_CASE(networks_without_a_last_layer_are_refused) {
  CHECK_FAILS(start([](Value x) { return flatten(x); }), "its logits come from the images without a linear layer");
  CHECK_FAILS(start([](Value x) {
                const Value y = linear(flatten(x), {.out = 7, .name = "a"}),
                            z = linear(flatten(x), {.out = 7, .name = "b"});
                return add(y, z, "both");
              }),
              "its logits come from 'both' (sum), not from a linear layer");
  CHECK_FAILS(start(normalized, 0), "[fine_tuning] needs at least 1 class");
}

BOOST_AUTO_TEST_CASE(frozen_layers_have_no_gradients_and_keep_their_statistics) {
  const Pretrained p = start();
  const auto left = [&](const Names& freeze) {
    return parameters_of(FineTuning(p.description, {.freeze = freeze}).network());
  };
  const Names fc{"fc.weight", "fc.bias"}, body{"body.weight", "body.bias", "fc.weight", "fc.bias"};
  BOOST_TEST(left({"backbone"}) == fc, boost::test_tools::per_element());
  BOOST_TEST(left({"stem"}) == body, boost::test_tools::per_element());
  BOOST_TEST(left({"stem.*"}) == body, boost::test_tools::per_element());
  BOOST_TEST(left({"to:stem.relu"}) == body, boost::test_tools::per_element());
  BOOST_TEST(left({"to:body"}) == fc, boost::test_tools::per_element());
  Graph g;
  g.set_mode(Mode::training);
  FineTuning(p.description, {.freeze = {"stem"}}).network()(g.input("images", {.shape = {4, 1, 8, 8}, .image = true}));
  for (std::size_t n = 0; n < g.size(); ++n) BOOST_TEST((g.node(n).role == Role::forward), g.node(n).name);
}

BOOST_AUTO_TEST_CASE(dropout_of_frozen_layers_is_off) {
  const Architecture network{[](NetworkBuilder& b, Value images) {
    Value x = b.dropout(b.linear(flatten(images), {.out = 6, .name = "fc1"}), 0.3F, "first");
    x = b.dropout(b.linear(x, {.out = 6, .name = "fc2"}), 0.4F, "second");
    return b.linear(x, {.out = 5, .name = "fc3"});
  }};
  const std::string description = describe(network, small_dataset()).at("network");
  const auto dropped = [&](const std::vector<std::string>& frozen) {
    Graph g;
    g.set_mode(Mode::training);
    FineTuning(description, {.freeze = frozen}).network()(g.input("images", {.shape = {4, 1, 8, 8}, .image = true}));
    std::vector<std::string> names;
    for (std::size_t n = 0; n < g.size(); ++n)
      if (g.node(n).op && g.node(n).op->kind() == "dropout") names.push_back(g.node(n).name);
    return names;
  };
  BOOST_TEST(dropped({}) == (Names{"first", "second"}), boost::test_tools::per_element());
  BOOST_TEST(dropped({"fc1"}) == (Names{"second"}), boost::test_tools::per_element());
  BOOST_TEST(dropped({"fc2"}) == (Names{"first", "second"}), boost::test_tools::per_element());
  BOOST_TEST(dropped({"backbone"}).empty());
}

BOOST_AUTO_TEST_CASE(layers_that_are_not_there_are_refused) {
  const std::string d = start().description;
  CHECK_FAILS(FineTuning(d, {.freeze = {"stems"}}), "freeze does not fit the network: there is no layer 'stems'");
  CHECK_FAILS(FineTuning(d, {.freeze = {"stem.relu"}}), "freeze names 'stem.relu', which has no parameters");
  CHECK_FAILS(FineTuning(d, {.freeze = {"*"}}), "freeze leaves nothing to train");
  CHECK_FAILS(FineTuning(d, {.layer_rates = {{"x", 2.0F}}}),
              "layer_lr does not fit the network: there is no layer 'x'");
}

BOOST_AUTO_TEST_CASE(rates_are_of_layers_and_of_the_head) {
  const FineTuning tuning(start().description, {.head_rate = 10, .layer_rates = {{"*", 0.5F}, {"stem", 0.1F}}});
  const auto& rates = tuning.rate_factors();
  BOOST_TEST(rates.at("stem.conv.weight") == 0.1F);
  BOOST_TEST(rates.at("body.bias") == 0.5F);
  BOOST_TEST(rates.at("fc.bias") == 10.0F);
}

BOOST_AUTO_TEST_CASE(features_and_what_is_behind_them_are_the_whole) {
  const Pretrained p = start();
  const data::ImageDataset data = small_dataset(23);
  const FineTuning tuning(p.description, {.freeze = {"to:stem.relu"}});
  BOOST_TEST(tuning.features_of(p.input) == (Shape{1, 6, 8, 8}));
  std::vector<std::vector<float>> found;
  for (const int threads : {1, 2, 4}) {
    Store weights(3);
    p.assign_to(weights);
    weights.freeze();
    Scheduler scheduler(threads);
    train::Features features(on_images_of(data, tuning.features(), p.input), data, weights, scheduler, Precision::f32,
                             10);
    data::FeatureDataset kept(data, {6, 8, 8});
    features.run(kept);
    BOOST_TEST(features.batches_done() == 3);
    found.push_back(kept.values);
    if (threads > 1) continue;
    train::Evaluator behind(tuning.behind_features(), kept, weights, scheduler);
    Store all(3);
    p.assign_to(all);
    train::Evaluator whole(on_images_of(data, described_network(p.description), p.input), data, all, scheduler);
    BOOST_TEST(std::abs(behind.run().loss - whole.run().loss) < 1e-6);
  }
  BOOST_TEST((found[0] == found[1] && found[0] == found[2]));
}

BOOST_AUTO_TEST_CASE(features_need_a_border) {
  const std::string d = start().description;
  CHECK_FAILS(FineTuning(d, {.freeze = {"body"}}).features(), "the first layer with weights is trained");
  const Network two = [](Value x) {
    const Value y = conv2d(x, {.out = 2, .name = "a"}), z = conv2d(x, {.out = 2, .name = "b"});
    const Value sum = add(conv2d(y, {.out = 2, .name = "c"}), z);
    return linear(flatten(sum), {.out = 7, .name = "fc"});
  };
  CHECK_FAILS(FineTuning(start(two).description, {.freeze = {"a,b"}}).features(), "there is no layer 'a,b'");
  CHECK_FAILS(FineTuning(start(two).description, {.freeze = {"a", "b"}}).features(),
              "2 values lead from the frozen layers to the others: 'a', 'b'");
}

BOOST_AUTO_TEST_CASE(images_are_read_as_the_network_wants_them) {
  const data::ImageDataset grey = small_dataset(4);
  const InputSpec colour{3, 8, 8, {0.1F, 0.2F, 0.3F}, {0.5F, 0.25F, 1}};
  BOOST_TEST(conversion_of(grey, input_of(grey)) == "");
  BOOST_TEST(conversion_of(grey, {3, 12, 10, {0, 0, 0}, {1, 1, 1}}) == "1 × 8 × 8 to 3 × 12 × 10");
  Store store;
  const auto pixels =
      logits_of(on_images_of(grey, {[](NetworkBuilder&, Value x) { return flatten(x); }}, colour), store, {2, 1, 8, 8});
  BOOST_TEST_REQUIRE(pixels.size() == 2U * 3 * 64);
  const float x = 0.5F * grey.stddev[0] + grey.mean[0];  // the sixth pixel of the ramp
  for (std::size_t c = 0; c < 3; ++c)
    BOOST_TEST(std::abs(pixels[64 * c + 5] - (x - colour.mean[c]) / colour.stddev[c]) < 1e-6);
  const data::ImageDataset two({2, 8, 8}, 5);
  CHECK_FAILS(on_images_of(two, {}, colour), "images have 2 channels, the network reads 3");
}

BOOST_FIXTURE_TEST_CASE(what_was_trained_loads_as_a_model, TemporaryFolder) {
  const Pretrained p = start();
  Store store(3);
  p.assign_to(store);
  train::save_weights(path() / "tuned.safetensors", store, p.metadata());
  const auto model = load_model(path() / "tuned.safetensors");
  BOOST_TEST(model->classes() == 5);
  BOOST_TEST((model->input() == InputSpec{1, 8, 8, {0.4F}, {0.25F}}));
  Store other;
  BOOST_TEST(logits_of([&](Value x) { return model->build(x).logits; }, other, {2, 1, 8, 8}) ==
             logits_of(described_network(p.description), store, {2, 1, 8, 8}));
}

BOOST_AUTO_TEST_SUITE_END()
