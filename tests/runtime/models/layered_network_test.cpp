#include <backflow/runtime/models/layered_network.h>

#include <backflow/ops/reshape.h>
#include <backflow/ops/softplus.h>
#include <backflow/runtime/models/description.h>
#include <backflow/runtime/models/networks.h>
#include <backflow/runtime/models/torchvision.h>
#include "tests/support/small_data.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::models;

namespace {

/// What a network's graph says, but for names of nodes that have no parameters.
std::vector<std::string> lines_of(const Architecture& network, const Shape& images, Mode mode) {
  Graph g;
  g.set_mode(mode);
  network(g.input("images", {.shape = images, .image = true}));
  std::vector<std::string> lines;
  for (std::size_t n = 0; n < g.size(); ++n) {
    const Node& node = g.node(n);
    std::string line = node.op ? node.op->kind() + " " + node.op->details() : node.name;
    for (const Value& v : node.in) line += " " + std::to_string(v.node) + "." + std::to_string(v.index);
    if (node.op && node.op->traits().options)
      for (const auto& [key, values] : node.op->traits().options())
        for (const double value : values) line += " " + key + "=" + std::to_string(value);
    for (const Spec& y : node.out) line += " " + to_string(y);
    if (node.leaf != Leaf::none)
      line += " " + std::to_string(node.initial.kind) + " " + std::to_string(node.initial.a) + " " +
              std::to_string(node.initial.b);
    lines.push_back(line);
  }
  return lines;
}

void check_words(const std::function<Architecture(std::int64_t)>& network, const Shape& image, const Shape& others) {
  const std::string text = layers_text(network, image);
  for (const Mode mode : {Mode::training, Mode::prediction})
    BOOST_TEST(lines_of(layered_network(text, "net.json", 7), others, mode) == lines_of(network(7), others, mode),
               boost::test_tools::per_element());
}

Architecture layered(const std::string& layers, std::int64_t classes = 5) {
  return layered_network("{\"layers\": [\n" + layers + "]}", "net.json", classes);
}

Value built(const Architecture& network, Graph& g) {
  return network(g.input("images", {.shape = {2, 1, 8, 8}, .image = true}));
}

void check_refused(const std::string& layers, const std::string& sentence) {
  Graph g;
  CHECK_FAILS(built(layered(layers), g), sentence);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(layered_networks)

BOOST_AUTO_TEST_CASE(the_words_of_trains_networks_make_the_same_graphs) {
  check_words([](std::int64_t n) { return mlp({24, 12}, n); }, {1, 8, 8}, {3, 1, 9, 7});
  check_words(cnn, {3, 32, 32}, {3, 1, 28, 28});
  check_words(allconv, {3, 32, 32}, {3, 1, 28, 28});
}

BOOST_AUTO_TEST_CASE(the_words_of_torchvisions_networks_make_the_same_graphs) {
  for (const std::string& name : torchvision_networks()) BOOST_TEST_CONTEXT(name)
  check_words([&](std::int64_t n) { return torchvision_network(name, n); }, {3, 96, 96}, {2, 3, 64, 160});
}

BOOST_AUTO_TEST_CASE(layers_without_a_name_are_numbered_after_their_word) {
  Graph g;
  NetworkBuilder b(g);
  const Value images = g.input("images", {.shape = {2, 1, 8, 8}, .image = true});
  layered(R"({"conv2d": {"out": 4, "kernel": 3}}, "relu", {"conv2d": {"out": 4, "name": "own"}}, "batch_norm",
             {"conv2d": {"out": 4}}, "relu", {"max_pool2d": {"kernel": 2}}, "flatten", {"linear": {"out": "classes"}})")
      .build(b, images);
  std::vector<std::string> names;
  for (const Layer& l : b.layers()) names.push_back(l.name);
  const std::vector<std::string> wanted{"conv1", "relu1", "own", "bn1", "conv3", "relu2", "pool1", "fc1"};
  BOOST_TEST(names == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(repetitions_count_in_names_also_inside_one_another) {
  Graph g;
  NetworkBuilder b(g);
  const Value images = g.input("images", {.shape = {2, 1, 8, 8}, .image = true});
  layered(R"({"repeat": 2, "index": "stage", "layers": [
               {"repeat": 2, "layers": [{"conv2d": {"out": 4, "name": "s{stage}.c{i}"}}]},
               {"add": {"with": "s{stage}.c0", "name": "s{stage}.sum"}}]},
             "flatten", {"linear": {"out": "classes"}})")
      .build(b, images);
  std::vector<std::string> names;
  for (const Layer& l : b.layers()) names.push_back(l.name);
  const std::vector<std::string> wanted{"s0.c0", "s0.c1", "s0.sum", "s1.c0", "s1.c1", "s1.sum", "fc1"};
  BOOST_TEST(names == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(layers_read_those_that_they_name) {
  Graph g;
  const Value logits = built(layered(R"({"conv2d": {"out": 4, "name": "a"}}, {"conv2d": {"out": 4, "from": "images"}},
                                        {"concat": {"with": ["a", "images"]}}, {"multiply": {"from": "a", "with": "a"}},
                                        "reduce_mean", {"linear": {"out": "classes"}})"),
                             g);
  const Value sum = g.node(logits).in[0];
  BOOST_TEST(sum.shape() == (Shape{2, 4}));
}

BOOST_AUTO_TEST_CASE(dropout_is_there_in_training_alone_and_stays_in_a_description) {
  const std::string before = R"("flatten", {"linear": {"out": 6}}, )", behind = R"({"linear": {"out": "classes"}})";
  const Architecture network = layered(before + R"({"dropout": {"p": 0.25}}, )" + behind);
  const Shape images{3, 1, 8, 8};
  const auto plain = lines_of(layered(before + behind), images, Mode::prediction);
  BOOST_TEST(lines_of(network, images, Mode::prediction) == plain, boost::test_tools::per_element());
  const auto dropouts = [&](const Architecture& of, Mode mode) {
    const auto lines = lines_of(of, images, mode);
    return std::count_if(lines.begin(), lines.end(),
                         [](const std::string& line) { return line.starts_with("dropout p 0.25"); });
  };
  const Architecture again = described_network(describe(network, small_dataset()).at("network"));
  for (const Architecture& of : {network, again}) {
    BOOST_TEST(dropouts(of, Mode::training) == 1);
    BOOST_TEST(dropouts(of, Mode::prediction) == 0);
    BOOST_TEST(lines_of(of, images, Mode::prediction).size() == plain.size());
  }
  check_words([&](std::int64_t n) { return layered(before + R"("dropout", )" + behind, n); }, {1, 8, 8}, images);
}

BOOST_AUTO_TEST_CASE(mistakes_have_their_line_and_layer) {
  const std::string end = R"(,"flatten", {"linear": {"out": "classes"}})";
  check_refused(R"({"conv2d": {"out": 4, "groups": 3}})" + end, "net.json:2: layer 1 (conv2d): ");
  check_refused(R"({"conv2d": {"out": 1048576, "kernel": 16384}})" + end, "weights");
  check_refused(R"({"conv2d": {"out": 1048577}})" + end, "'out' needs to be in 1 … 1048576");
  check_refused(R"({"conv2d": {"out": 1.5}})" + end, "'out' needs to be a whole number");
  check_refused(R"({"conv2d": {"out": 4, "kernel": []}})" + end, "'kernel' needs 1 … 2 numbers, has 0");
  check_refused(R"({"dropout": {"p": 1}})" + end, "'p' needs to be in [0, 1), got 1");
  check_refused(R"({"conv2d": 4})" + end, "its options should be an object");
  check_refused(R"({"add": "images"}, {"add": ["images"]})" + end, "its options should be an object");
  check_refused(R"({"add": {"with": 7}})" + end, "'with' should be a name or a list of names");
  check_refused(R"({"add": {"with": ["images", "images"]}})" + end, "'with' names 2 layers, at most 1");
  check_refused(R"({"relu": {"name": "images"}})" + end, "the name 'images' is taken");
  check_refused("{\"relu\": {\"name\": \"" + std::string(201, 'a') + "\"}}" + end, "more than 200 letters");
  check_refused("\"relu\",\n7" + end, "layer 2 should be a word or an object with one word, is 7");
  check_refused("\"relu\",\n\"rely\"" + end, "net.json:3: there is no layer 'rely'; did you mean 'relu'");
  check_refused("", "'layers' is empty");
  const std::string wrong = R"({"layers": [{"conv2d": {"out": 1.5}}]})";
  CHECK_FAILS(layered_network(wrong, "my layer 7.json", 5), "my layer 7.json:1: layer 1 (conv2d): 'out' needs to be");
  CHECK_FAILS(layered_network("[]", "net.json", 5), "net.json:1: a network should be an object with 'layers'");
  CHECK_FAILS(layered_network("{", "net.json", 5), "net.json:1: not JSON");
  CHECK_FAILS(layered_network(R"({"layers": {"repeat": 2}})", "net.json", 5), "'layers' should be a list of layers");
}

BOOST_AUTO_TEST_CASE(what_has_no_word_is_named) {
  const auto network = [](std::int64_t classes) {
    return Architecture{[classes](NetworkBuilder& b, Value images) {
      return b.linear(flatten(softplus(images, {.name = "odd"})), {.out = classes, .name = "fc"});
    }};
  };
  CHECK_FAILS(layers_text(network, {1, 8, 8}), "[layers] the op softplus (node 'odd') has no word");
}

BOOST_AUTO_TEST_SUITE_END()
