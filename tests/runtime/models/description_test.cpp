#include <backflow/runtime/models/description.h>

#include <backflow/graph/gradient.h>
#include <backflow/ops/add.h>
#include <backflow/ops/average_pool2d.h>
#include <backflow/ops/batch_norm.h>
#include <backflow/ops/concat.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/dropout.h>
#include <backflow/ops/elu.h>
#include <backflow/ops/gelu.h>
#include <backflow/ops/leaky_relu.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/max_pool2d.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/reduce_mean.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/sigmoid.h>
#include <backflow/ops/silu.h>
#include <backflow/ops/softplus.h>
#include <backflow/ops/tanh.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/checkpoint.h>
#include "tests/support/files.h"
#include "tests/support/small_data.h"

using namespace backflow;
using namespace backflow::models;

namespace {

/// Images [N, 1, 8, 8] → [N, 5], with every kind of option that a description has.
Value varied(Value images) {
  Value x = conv2d(images, {.out = 6,
                            .kernel = {3, 2},
                            .stride = {1, 2},
                            .padding = {1, 0, 2, 1},
                            .dilation = {2, 1},
                            .bias = false,
                            .name = "first"});
  x = leaky_relu(batch_norm(x, {.epsilon = 0.01F, .name = "norm"}), {.slope = 0.3F, .name = "leaky"});
  const Value y = silu(conv2d(x, {.out = 6, .kernel = 3, .padding = 1, .groups = 3, .name = "grouped"}));
  x = concat({add(x, y, "shortcut"), multiply(x, sigmoid(y))}, {.name = "side_by_side"});
  x = max_pool2d(x, {.kernel = 2, .stride = Pair(2, 1), .ceil_mode = true, .name = "pool"});
  x = average_pool2d(x, {.kernel = 2, .stride = 1, .padding = 1, .count_include_pad = false, .name = "mean_pool"});
  x = scale(elu(x, {.alpha = 0.7F, .name = "elu"}), 1.7F, "scale");
  const Value step = images.graph->input("step", {{1}, Type::s32});
  const Value pooled = dropout(reduce_mean(x, {.axes = {2, 3}}), step, {.name = "drop"});
  return linear(gelu(linear(pooled, {.out = 7, .name = "hidden"})), {.out = 5, .name = "logits"});
}

std::vector<float> logits_on_ramp(const std::function<Value(Value)>& network, Store& store) {
  Graph g;
  g.set_mode(Mode::prediction);
  g.output("logits", network(g.input("image", {.shape = {2, 1, 8, 8}, .image = true})));
  Scheduler scheduler(2);
  Flow flow(g, store, scheduler);
  for (std::size_t i = 0; float& v : flow.input("image").as()) v = static_cast<float>(i++ % 11) / 10;
  flow.run();
  return {flow.output("logits").begin(), flow.output("logits").end()};
}

/// The description with `from` replaced.
std::string changed(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  BOOST_REQUIRE_MESSAGE(at != std::string::npos, from << " is not in " << text);
  return text.replace(at, from.size(), to);
}

Value pooled_and_linear(Value images) {
  return linear(flatten(max_pool2d(images, {.name = "pool"})), {.out = 5, .name = "fc"});
}

struct Described : TemporaryFolder {
  std::filesystem::path file = path() / "own.safetensors";

  void save(const Network& network, std::map<std::string, std::string> metadata) {
    Store store(3);
    logits_on_ramp(network, store);
    train::save_weights(file, store, metadata);
  }

  /// What loading the file says, with another description of pooled_and_linear.
  void check_refused(const std::string& description, const std::string& sentence) {
    auto metadata = describe(pooled_and_linear, small_dataset());
    metadata["network"] = description;
    save(pooled_and_linear, metadata);
    try {
      load_model(file);
      BOOST_ERROR("it was loaded: " << description.substr(0, 200));
    } catch (const Error& e) {
      const std::string what = e.what();
      BOOST_TEST(what.find(sentence) != std::string::npos, what);
      BOOST_TEST(what.find(file.string()) != std::string::npos, what);
      BOOST_TEST(what.size() < 600U);
    }
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(descriptions, Described)

BOOST_AUTO_TEST_CASE(a_network_comes_back_with_the_bits_of_its_logits) {
  Store store(3);
  const auto expected = logits_on_ramp(varied, store);
  train::save_weights(file, store, describe(varied, small_dataset()));
  const auto model = load_model(file);
  BOOST_TEST(model->classes() == 5);
  BOOST_TEST(model->input().mean.at(0) == 0.35F);
  Store loaded;
  BOOST_TEST(logits_on_ramp([&](Value x) { return model->build(x).logits; }, loaded) == expected);
}

BOOST_AUTO_TEST_CASE(a_trained_checkpoint_with_the_optimizers_state_can_be_loaded) {
  const data::ImageDataset data = small_dataset();
  Store store;
  Scheduler scheduler(2);
  train::Trainer trainer(pooled_and_linear, data, store, scheduler, {.epochs = 1, .batch = 20});
  while (!trainer.done()) trainer.step();
  train::save_checkpoint(file, store, describe(pooled_and_linear, data));
  Store weights, loaded;
  train::load_weights(file, weights);
  const auto model = load_model(file);
  BOOST_TEST(logits_on_ramp([&](Value x) { return model->build(x).logits; }, loaded) ==
             logits_on_ramp(pooled_and_linear, weights));
}

BOOST_AUTO_TEST_CASE(layers_have_the_names_of_their_nodes) {
  save(varied, describe(varied, small_dataset()));
  Graph g;
  std::set<std::string> names;
  for (const Layer& l : load_model(file)->build(g.input("image", {.shape = {1, 1, 8, 8}, .image = true})).layers)
    names.insert(l.name);
  for (const char* name : {"first", "norm", "leaky", "shortcut", "side_by_side", "pool", "mean_pool", "hidden"})
    BOOST_TEST(names.contains(name), name);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_described_is_refused_with_its_name) {
  const auto refused = [](const Network& network, const std::string& sentence) {
    BOOST_CHECK_EXCEPTION(describe(network, small_dataset()), Error, [&](const Error& e) {
      BOOST_TEST_MESSAGE(e.what());
      return std::string(e.what()).find(sentence) != std::string::npos;
    });
  };
  const auto head = [](Value x) { return linear(flatten(x), {.out = 5, .name = "fc"}); };
  refused([&](Value x) { return head(softplus(x, {.name = "soft"})); }, "the op softplus (node 'soft')");
  refused([&](Value x) { return head(gelu(x, {.tanh = true, .name = "fast"})); }, "node 'fast' cannot be described");
  refused([&](Value x) { return head(add(x, x.graph->constant("shift", {{1}}, filled(2)))); }, "'shift' is a constant");
  refused([&](Value x) { return head(add(x, x.graph->input("offset", {{1}}))); }, "'offset' is an input");
  refused([&](Value x) { return x; }, "should make logits");
  refused([&](Value x) { return head(reshape(reshape(x, {1, elements(x.shape())}), x.shape())); }, "mixes");
}

BOOST_AUTO_TEST_CASE(descriptions_that_make_no_sense_are_refused_in_one_sentence) {
  const std::string good = describe(pooled_and_linear, small_dataset()).at("network");
  check_refused("", "should be JSON of version 1");
  check_refused("[1, 2", "should be JSON of version 1");
  check_refused(R"({"version":2,"nodes":[{}]})", "should be JSON of version 1");
  check_refused(R"({"version":1,"nodes":[]})", "should be JSON of version 1");
  check_refused(std::string(100000, '['), "nests deeper");
  check_refused(R"({"version":1,"nodes":[7]})", "a node should have a name");
  check_refused(changed(good, R"("op":"max_pool2d")", R"("op":"launch")"), "the op 'launch' is unknown");
  check_refused(changed(good, R"("op":"max_pool2d")", R"("op":5)"), "should have an op");
  check_refused(changed(good, R"("in":[0])", R"("in":[3])"), "reads node 3, which is not before it");
  check_refused(changed(good, R"("in":[0])", R"("in":[-1])"), "expected whole numbers");
  check_refused(changed(good, R"("in":[0])", R"("in":[0,0])"), "max_pool2d has 2 inputs, expected 1");
  check_refused(changed(good, R"("kernel":[2.0,2.0])", R"("kernel":[2.5,2.0])"), "'kernel' has 2.5");
  check_refused(changed(good, R"("kernel":[2.0,2.0])", R"("kernel":[1e300,2])"), "'kernel' has 1e+300");
  check_refused(changed(good, R"("kernel":[2.0,2.0])", R"("kernel":[9,9])"), "does not fit");
  check_refused(changed(good, R"("kernel":[2.0,2.0],)", ""), "'kernel' should have 2 numbers");
  check_refused(changed(good, R"("stride":[2.0,2.0])", R"("stride":[0,2])"), "'stride' has 0");
  check_refused(changed(good, R"("stride":[2.0,2.0])", R"("stride":"far")"), "should be a list of numbers");
  check_refused(changed(good, R"("shape":[16])", R"("shape":[1000000,1000000,1000000,1000000])"), "too large");
  check_refused(changed(good, R"("shape":[16])", R"("shape":[99999999999999999999999])"), "expected whole numbers");
  check_refused(changed(good, R"("shape":[16])", R"("shape":[17])"), "[reshape]");
  check_refused(changed(good, R"("shape":[5,16])", R"("shape":[1048576,2048,1])"), "[linear]");
  check_refused(changed(good, R"("shape":[5,16])", R"("shape":[6,16])"), "bias needs shape");
  check_refused(changed(good, R"("name":"fc.weight")", R"("name":"fc.other")"), "missing: 'fc.other'");
  check_refused(changed(good, R"("name":"fc.weight")", R"("name":"pool")"), "its name is taken");
  check_refused(changed(good, R"("leaf":"parameter")", R"("leaf":"constant")"), "should be parameter or state");
}

BOOST_AUTO_TEST_CASE(a_share_that_dropout_cannot_have_is_refused) {
  const Architecture network{[](NetworkBuilder& b, Value images) {
    return b.linear(b.dropout(flatten(images), 0.25F, "drop"), {.out = 5, .name = "fc"});
  }};
  const std::string text = describe(network, small_dataset()).at("network");
  Graph g;
  const Value images = g.input("images", {.shape = {2, 1, 8, 8}, .image = true});
  for (const std::string p : {"1", "-0.5"})
    CHECK_FAILS(described_network(changed(text, "\"p\":[0.25]", "\"p\":[" + p + "]"))(images),
                "'drop': option 'p' has " + p + ", expected a number in [0, 1)");
}

BOOST_AUTO_TEST_CASE(the_number_of_classes_is_that_of_the_logits) {
  auto metadata = describe(pooled_and_linear, small_dataset());
  metadata["classes"] = "6";
  save(pooled_and_linear, metadata);
  BOOST_CHECK_EXCEPTION(load_model(file), Error, [](const Error& e) {
    return std::string(e.what()).find("makes logits [1, 5], expected [1, 6]") != std::string::npos;
  });
}

BOOST_AUTO_TEST_SUITE_END()
