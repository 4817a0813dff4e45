#include <backflow/runtime/models/onnx_export.h>

#include <algorithm>
#include <functional>

#include <backflow/ops/add.h>
#include <backflow/ops/batch_norm.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/cumulative_sum.h>
#include <backflow/ops/gram.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/sigmoid.h>
#include <backflow/ops/slice.h>
#include <backflow/ops/transpose.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/models/graph_file.h>
#include <backflow/runtime/models/networks.h>
#include <backflow/runtime/models/onnx/onnx_file.h>
#include <backflow/runtime/models/torchvision.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/files.h"
#include "tests/support/proof.h"

using namespace backflow;
using namespace backflow::models;

namespace {

std::vector<float> run(const Graph& g, Store& store, const std::string& output) {
  Scheduler scheduler(2);
  Flow flow(g, store, scheduler);
  for (std::size_t i = 0; float& v : flow.input("image").as()) v = static_cast<float>(i++ * 37 % 101) / 101;
  flow.run();
  return {flow.output(output).begin(), flow.output(output).end()};
}

/// A network with numbers of its own, its running averages too, that was run once.
struct RunNetwork {
  Graph graph;
  Store store{7};
  Value image, logits;
  std::vector<float> expected;

  RunNetwork(const std::function<Value(Value)>& network, const Shape& shape) {
    graph.set_mode(Mode::prediction);
    image = graph.input("image", {.shape = shape, .image = shape.size() == 4});
    logits = network(image);
    graph.output("logits", logits);
    run(graph, store, "logits");
    for (const auto& [name, tensor] : store.tensors())
      if (name.find("running") != std::string::npos)
        for (std::size_t i = 0; float& v : store.at(name).as()) v = 0.6F + static_cast<float>(i++ % 7) / 10;
    expected = run(graph, store, "logits");
  }
};

/// What GraphFile makes of a file.
struct Imported {
  Graph graph;
  Store store;
  Value image, logits;

  Imported(const std::filesystem::path& file, const Shape& shape) {
    graph.set_mode(Mode::prediction);
    image = graph.input("image", {.shape = shape, .image = shape.size() == 4});
    logits = GraphFile(file).build(graph, {{"image", image}}).at("logits");
    graph.output("logits", logits);
  }
};

double apart(const std::vector<float>& got, const std::vector<float>& expected) {
  BOOST_REQUIRE_EQUAL(got.size(), expected.size());
  double most = 0, largest = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    most = std::max<double>(most, std::abs(got[i] - expected[i]));
    largest = std::max<double>(largest, std::abs(expected[i]));
  }
  BOOST_TEST(largest > 0.0);
  return most / largest;
}

/// A classifier of 5 classes, of small images of other colours than ImageNet's.
class OwnModel final : public Model {
 public:
  const InputSpec& input() const override { return input_; }
  std::int64_t classes() const override { return 5; }
  std::vector<std::string> labels() const override { return {"ant", "bee", "cat", "dog", "elk"}; }
  Classifier build(Value image) const override { return {train_network("cnn", {}, 5)(image), {}}; }

 private:
  InputSpec input_{3, 12, 10, {0.1F, 0.2F, 0.3F}, {0.5F, 0.25F, 2.0F}, 14};
};

struct Exports : TemporaryFolder {
  std::filesystem::path file = path() / "net.onnx", again = path() / "again.onnx";

  /// There with one number of samples, back with another, and there again with the same bytes.
  void check_round_trip(const std::function<Value(Value)>& network, Shape shape, const OnnxExportOptions& o) {
    const RunNetwork own(network, shape);
    shape[0] = 2;
    Graph smaller;
    smaller.set_mode(Mode::prediction);
    const Value image = smaller.input("pixels", {.shape = shape, .image = true});
    write_onnx(smaller, own.store, {{"image", image}}, {{"logits", network(image)}}, file, o);
    Imported back(file, own.image.shape());
    BOOST_CHECK_LE(apart(run(back.graph, back.store, "logits"), own.expected), o.fold_batch_norm ? 1e-5 : 1e-6);
    check_same_file(back, o);
    check_same_file(Imported(file, own.image.shape()), o);  // whose store has nothing yet
  }

  /// Names of the nodes of that op.
  std::vector<std::string> nodes_of(const std::string& op) const {
    std::vector<std::string> names;
    for (const OnnxNode& n : read_onnx(file).nodes)
      if (n.op == op) names.push_back(n.name);
    return names;
  }

  void check_same_file(const Imported& from, const OnnxExportOptions& o) const {
    write_onnx(from.graph, from.store, {{"image", from.image}}, {{"logits", from.logits}}, again, o);
    BOOST_TEST((file_bytes(again) == file_bytes(file)));
  }

  static std::string file_bytes(const std::filesystem::path& f) {
    std::ifstream in(f, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  /// What writing it says.
  std::string refusal(const std::function<Value(Value)>& network, const OnnxExportOptions& o = {}) const {
    Graph g;
    g.set_mode(Mode::prediction);
    const Value image = g.input("image", {.shape = {2, 3, 8, 8}, .image = true});
    try {
      write_onnx(g, Store(), {{"image", image}}, {{"logits", network(image)}}, file, o);
    } catch (const Error& e) {
      BOOST_TEST(!std::filesystem::exists(file));
      return e.what();
    }
    return "it was written";
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(onnx_export, Exports)

BOOST_AUTO_TEST_CASE(networks_come_back_with_their_logits_and_give_the_same_file_again) {
  for (const std::string name : {"mlp", "cnn", "allconv"})
    for (const std::int64_t opset : {13, 15, 17}) {
      BOOST_TEST_MESSAGE(name << ", opset " << opset);
      check_round_trip(train_network(name, {16, 12}, 5), {3, 1, 12, 10}, {.opset = opset});
    }
}

BOOST_AUTO_TEST_CASE(large_networks_too) {
  for (const std::string name : {"resnet18", "mobilenet_v2"}) {
    BOOST_TEST_MESSAGE(name);
    check_round_trip(torchvision_network(name, 10), {3, 3, 64, 64}, {});
  }
}

BOOST_AUTO_TEST_CASE(batch_normalisation_goes_into_the_weights_before_it) {
  for (const std::string name : {"resnet18", "mobilenet_v2"}) {
    BOOST_TEST_MESSAGE(name);
    check_round_trip(torchvision_network(name, 10), {3, 3, 64, 64}, {.fold_batch_norm = true});
    BOOST_TEST(nodes_of("BatchNormalization").empty());
  }
  const auto biases = read_onnx(file).initializers;
  BOOST_TEST(biases.contains("features.0.0.bias"));
}

BOOST_AUTO_TEST_CASE(batch_normalisation_that_cannot_be_folded_stays) {
  const auto network = [](Value x) {
    const auto norm = [](Value v, const std::string& name) { return batch_norm(v, {.name = name}); };
    Graph& g = *x.graph;
    const Value first = norm(x, "first");  // nothing is before it
    const Value weight = shared_leaf(g, Leaf::parameter, "shared.weight", {{4, 3, 1, 1}}, uniform(-1, 1));
    const Conv2dOptions one_by_one{.name = "conv"};
    const Value left = norm(conv2d(first, weight, {}, one_by_one), "left");
    const Value right = norm(conv2d(x, weight, {}, one_by_one), "right");  // with the same weights
    const Value read_twice = conv2d(add(left, right), {.out = 4, .kernel = 1, .name = "twice"});
    const Value sum = add(norm(read_twice, "other"), read_twice);
    return norm(linear(flatten(norm(relu(sum), "behind_relu")), {.out = 5, .name = "fc"}), "end");
  };
  check_round_trip(network, {3, 3, 4, 4}, {.fold_batch_norm = true});
  const std::vector<std::string> kept{"first", "other", "behind_relu"};
  BOOST_TEST(nodes_of("BatchNormalization") == kept, boost::test_tools::per_element());
  BOOST_TEST(!read_onnx(file).initializers.contains("shared.weight"));
}

BOOST_AUTO_TEST_CASE(a_network_comes_back_when_its_weights_lie_beside_it) {
  const auto network = train_network("mlp", {64}, 5);
  const RunNetwork own(network, {3, 1, 12, 10});
  write_onnx(own.graph, own.store, {{"image", own.image}}, {{"logits", own.logits}}, file, {.external_data = true});
  BOOST_TEST(std::filesystem::file_size(path() / "net.onnx.data") == 4U * 64 * 120 + 4 * 5 * 64);
  BOOST_TEST(std::filesystem::file_size(file) < 2000U);
  Imported back(file, own.image.shape());
  BOOST_CHECK_LE(apart(run(back.graph, back.store, "logits"), own.expected), 1e-6);
}

BOOST_AUTO_TEST_CASE(a_classifier_says_how_its_pixels_are_read_and_what_its_classes_are_called) {
  const OwnModel own;
  const InputSpec& input = own.input();
  for (const bool softmax : {false, true}) {
    write_onnx(own, file, {.softmax = softmax});
    const auto model = load_model(file);
    BOOST_TEST(model->classes() == 5);
    BOOST_TEST(model->labels() == own.labels(), boost::test_tools::per_element());
    BOOST_TEST((model->input() == InputSpec{3, 12, 10, {0, 0, 0}, {1, 1, 1}, 14}));
    Graph g, h;
    h.set_mode(Mode::prediction);
    g.output("logits", model->build(g.input("image", {.shape = {4, 3, 12, 10}, .image = true})).logits);
    h.output("logits", own.build(h.input("image", {.shape = {4, 3, 12, 10}, .image = true})).logits);
    Store store, own_store;
    Scheduler scheduler(2);
    Flow flow(g, store, scheduler), own_flow(h, own_store, scheduler);
    const auto pixels = flow.input("image").as(), standardized = own_flow.input("image").as();
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      const std::size_t channel = i / 120 % 3;
      pixels[i] = static_cast<float>(i * 37 % 101) / 101;
      standardized[i] = (pixels[i] - input.mean[channel]) / input.stddev[channel];
    }
    flow.run();
    own_flow.run();
    const auto got = flow.output("logits"), expected = own_flow.output("logits");
    BOOST_CHECK_LE(apart({got.begin(), got.end()}, {expected.begin(), expected.end()}), 1e-6);
    write_onnx(*model, again, {.softmax = softmax});
    BOOST_TEST((file_bytes(again) == file_bytes(file)));
    BOOST_TEST(GraphFile(file).outputs().at(0).name == (softmax ? "probabilities" : "logits"));
    BOOST_TEST(GraphFile(file).inputs().at(0).shape == (Shape{-1, 3, 12, 10}), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(outputs_may_be_shared_and_nodes_may_have_their_names) {
  Graph g;
  const Value x = g.input("x", {{2, 3}});
  const Value y = relu(x, "b"), z = sigmoid(y, "c");
  write_onnx(g, Store(), {{"x", x}}, {{"a", y}, {"b", y}, {"c", x}, {"d", z}}, file);
  Graph h;
  const Value input = h.input("image", {{3, 3}});
  for (const auto& [name, value] : GraphFile(file).build(h, {{"x", input}})) h.output(name, value);
  Store store;
  const auto a = run(h, store, "a"), b = run(h, store, "b"), c = run(h, store, "c"), d = run(h, store, "d");
  BOOST_TEST(a == b, boost::test_tools::per_element());
  BOOST_TEST(a == c, boost::test_tools::per_element());
  BOOST_TEST(d[1] > a[1]);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written_is_said_at_once) {
  const auto network = [](Value x) {
    const Value y = cumulative_sum(relu(x, "fine"), {.axis = 2, .name = "first"});
    return gram(cumulative_sum(y, {.axis = 3, .name = "second"}), "third");
  };
  BOOST_TEST(refusal(network) ==
             "[onnx] ops that have no ONNX form: cumulative_sum ('first', 'second'), gram ('third')");
}

BOOST_AUTO_TEST_CASE(a_batch_stays_apart) {
  BOOST_TEST(refusal([](Value x) {
               return transpose(x, {{1, 0, 2, 3}, "turned"});
             }) ==
             "[onnx] node 'turned' (transpose) mixes the samples of a batch, which has no ONNX form while the batch is "
             "open");
  BOOST_TEST(refusal([](Value x) { return slice(x, {.axis = 0, .begin = 0, .length = 1, .name = "one"}); }) ==
             "[onnx] node 'one' (slice) mixes the samples of a batch, which has no ONNX form while the batch is open");
  BOOST_TEST(refusal([](Value x) { return slice(x, {.axis = 0, .begin = 0, .length = 1}); },
                     {.dynamic_batch = false}) == "it was written");
}

BOOST_AUTO_TEST_CASE(wrong_requests_are_refused) {
  const auto plain = [](Value x) { return relu(x, "relu"); };
  BOOST_TEST(refusal(plain, {.opset = 12}) == "[onnx] opset needs to be 13 … 17, got 12");
  BOOST_TEST(refusal(plain, {.opset = 18}) == "[onnx] opset needs to be 13 … 17, got 18");
  BOOST_TEST(refusal([](Value x) {
               return linear(flatten(x), x.graph->parameter("weight", {{5, 192}}, zeros()),
                             x.graph->parameter("logits", {{5}}, zeros()));
             }) == "[onnx] two values of the file would be called 'logits'");
  BOOST_TEST(refusal([](Value x) { return relu(x.graph->input("other", x.spec())); }) ==
             "[onnx] the outputs depend on 'other', which is not among the inputs");
  file = path() / "no_folder" / "net.onnx";
  const std::string said = refusal(plain);
  BOOST_TEST(said.find(file.string()) != std::string::npos, said);
}

BOOST_AUTO_TEST_SUITE_END()
