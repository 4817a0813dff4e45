#include <backflow/runtime/models/description.h>

#include <fmt/format.h>

#include <set>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/json.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/described_ops.h>

namespace backflow::models {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxDescribedNodes = 4096;
constexpr const char* kLeafKinds[] = {"parameter", "state"};
constexpr Leaf kLeaves[] = {Leaf::parameter, Leaf::state};

/// The network in prediction mode, on `batch` images.
struct Built {
  Graph graph;
  Value logits;
  std::vector<std::size_t> nodes;  // what the logits depend on, in the graph's order; the images first

  Built(const Network& network, const Shape& image, std::int64_t batch) {
    graph.set_mode(Mode::prediction);
    Shape shape = image;
    shape.insert(shape.begin(), batch);
    const Value images = graph.input("images", {.shape = shape, .image = image.size() == 3});
    logits = network(images);
    require(logits.graph == &graph && logits.shape().size() == 2 && logits.shape()[0] == batch,
            "[describe] the network should make logits [", batch, ", classes] of images ", to_string(shape), ", got ",
            logits.graph == &graph ? to_string(logits.shape()) : "a value of another graph");
    std::set<std::size_t> wanted{images.node, logits.node};
    for (std::size_t i = graph.size(); i-- > 0;)
      if (wanted.contains(i))
        for (const Value& v : graph.node(i).in) wanted.insert(v.node);
    nodes.assign(wanted.begin(), wanted.end());
  }
};

Json described_leaf(const Node& node) {
  for (std::size_t k = 0; k < std::size(kLeaves); ++k)
    if (node.leaf == kLeaves[k] && node.out[0].type == Type::f32)
      return {{"leaf", kLeafKinds[k]}, {"name", node.name}, {"shape", node.out[0].shape}};
  fail("[describe] '", node.name, "' is ", node.leaf == Leaf::input ? "an input" : "a constant",
       "; a description has images, parameters and states alone");
}

Json described_op(const Graph& g, const Node& node, const std::map<std::size_t, std::size_t>& places) {
  const auto found = described_ops().find(node.op->kind());
  require(found != described_ops().end(), "[describe] the op ", node.op->kind(), " (node '", node.name,
          "') cannot be described");
  Json in = Json::array();
  for (const Value& v : node.in) {
    require(v.index == 0, "[describe] node '", node.name, "' reads another result of '", g.node(v).name,
            "' than its first, which cannot be described");
    in.push_back(places.at(v.node));
  }
  Json result{{"op", node.op->kind()}, {"name", node.name}, {"in", in}};
  if (found->second.has_shape) {
    const Shape &x = g.node(node.in[0]).out[0].shape, &y = node.out[0].shape;
    require(!y.empty() && y[0] == x[0], "[describe] the op ", node.op->kind(), " (node '", node.name,
            "') mixes the images of a batch, which cannot be described");
    result["shape"] = Shape(y.begin() + 1, y.end());
  }
  const auto options = node.op->traits().options;
  if (options) result["options"] = options();
  return result;
}

std::string description_of(const Built& b) {
  std::map<std::size_t, std::size_t> places;
  Json nodes = Json::array();
  for (const std::size_t i : b.nodes) {
    const Node& node = b.graph.node(i);
    if (!places.empty()) nodes.push_back(node.op ? described_op(b.graph, node, places) : described_leaf(node));
    places.emplace(i, places.size());
  }
  require(b.logits.index == 0 && places.at(b.logits.node) == nodes.size() && nodes.size() <= kMaxDescribedNodes,
          "[describe] the logits should be the last of at most ", kMaxDescribedNodes, " nodes");
  return Json{{"version", 1}, {"nodes", nodes}}.dump();
}

OpOptions options_of(const Node& node) {
  if (!node.op) return {};
  const OpTraits traits = node.op->traits();
  return traits.options ? traits.options() : OpOptions();
}

/// Throws an Error if what was written is not what was meant: an option that the description does not have.
void check_same(const Built& wanted, const Built& got) {
  const auto text = [](const Node& n) {
    return n.op ? str_cat(n.op->kind(), " ", n.op->details(), " ", to_string(n.out[0])) : to_string(n.out[0]);
  };
  require(wanted.nodes.size() == got.nodes.size(), "[describe] the network cannot be described: it has ",
          wanted.nodes.size(), " nodes, what its description makes ", got.nodes.size());
  for (std::size_t i = 0; i < wanted.nodes.size(); ++i) {
    const Node &w = wanted.graph.node(wanted.nodes[i]), &g = got.graph.node(got.nodes[i]);
    require(text(w) == text(g) && options_of(w) == options_of(g), "[describe] node '", w.name,
            "' cannot be described: it is ", text(w), ", what its description makes ", text(g));
  }
}

struct DescribedNode {
  std::string op, name;  // no op: a leaf
  Leaf leaf = Leaf::none;
  std::vector<std::size_t> in;  // 0: the images
  Shape shape;
  OpOptions options;
};

std::vector<std::int64_t> lengths(const Json& list) {
  std::vector<std::int64_t> result;
  require(list.is_array(), "a list should be whole numbers");
  for (const Json& n : list) {
    require(n.is_number_unsigned() && n.get<std::uint64_t>() <= kMaxDescribedLength, "a list has ",
            files::printable(n.dump()), ", expected whole numbers up to ", kMaxDescribedLength);
    result.push_back(n.get<std::int64_t>());
  }
  return result;
}

OpOptions options_from(const Json& object) {
  OpOptions result;
  require(object.is_object(), "options should be an object");
  for (const auto& [key, list] : object.items()) {
    require(list.is_array(), "option '", files::printable(key), "' should be a list of numbers");
    for (const Json& n : list) {
      require(n.is_number(), "option '", files::printable(key), "' should be a list of numbers");
      result[key].push_back(n.get<double>());
    }
  }
  return result;
}

DescribedNode node_from(const Json& json, std::size_t place) {
  require(json.is_object() && json.contains("name") && json["name"].is_string(), "a node should have a name");
  DescribedNode node{.name = json["name"]};
  if (json.contains("shape")) node.shape = lengths(json["shape"]);
  if (json.contains("leaf")) {
    for (std::size_t k = 0; k < std::size(kLeaves); ++k)
      if (json["leaf"] == kLeafKinds[k]) node.leaf = kLeaves[k];
    require(node.leaf != Leaf::none, "'leaf' should be parameter or state");
    check_described_shape(node.shape, 1);
    return node;
  }
  require(json.contains("op") && json["op"].is_string(), "a node should have an op or be a leaf");
  node.op = json["op"];
  const auto known = described_ops().find(node.op);
  require(known != described_ops().end(), "the op '", files::printable(node.op), "' is unknown");
  for (auto i : lengths(json.value("in", Json()))) node.in.push_back(static_cast<std::size_t>(i));
  const auto& [least, most, make, has_shape] = known->second;
  require(node.in.size() >= least && node.in.size() <= most, node.op, " has ", node.in.size(), " inputs, expected ",
          least == most ? str_cat(least) : str_cat(least, " … ", most));
  for (auto i : node.in) require(i < place, "it reads node ", i, ", which is not before it");
  if (json.contains("options")) node.options = options_from(json["options"]);
  return node;
}

std::vector<DescribedNode> nodes_from(const std::string& text) {
  const Json json = files::parse_json(text, "its network's description: ");
  require(json.is_object() && json.contains("nodes") && json["nodes"].is_array() && !json["nodes"].empty() &&
              json["nodes"].size() <= kMaxDescribedNodes && json.value("version", Json()) == 1,
          "its network's description should be JSON of version 1 with 1 … ", kMaxDescribedNodes, " nodes");
  std::vector<DescribedNode> nodes;
  std::set<std::string> names;
  for (const Json& node : json["nodes"]) {
    try {
      nodes.push_back(node_from(node, nodes.size() + 1));
      require(names.insert(nodes.back().name).second, "its name is taken");
    } catch (const Error& e) {
      fail("its network's description, node ", names.size() + 1, ": ", e.what());
    }
  }
  require(!nodes.back().op.empty(), "its network's description should end with an op, which makes the logits");
  return nodes;
}

Value made(const DescribedNode& node, const std::vector<Value>& values, NetworkBuilder& b) {
  if (node.op.empty()) return b.leaf(node.leaf, node.name, {node.shape}, fan_in_uniform(1));
  std::vector<Value> in;
  for (auto i : node.in) in.push_back(values[i]);
  const std::int64_t batch = values[0].shape()[0];
  const Value y = described_ops().at(node.op).make({in, node.options, node.name, node.shape});
  check_described_shape(y.shape(), batch);
  const bool per_image = y.shape()[0] == batch && (y.shape().size() == 2 || y.spec().image);
  return per_image ? b.keep(node.name, y) : y;
}

}  // namespace

Architecture described_network(const std::string& description) {
  return {[nodes = nodes_from(description)](NetworkBuilder& b, Value images) {
    std::vector<Value> values{images};
    for (const DescribedNode& node : nodes) {
      try {
        values.push_back(made(node, values, b));
      } catch (const Error& e) {
        fail("its network's description, '", files::printable(node.name), "': ", e.what());
      }
    }
    return values.back();
  }};
}

std::map<std::string, std::string> describe(const Network& network, const data::Dataset& data) {
  const Shape input = data.input_shape();
  const std::string description = description_of(Built(network, input, 2));
  const Built wanted(network, input, 3);
  check_same(wanted, Built(described_network(description), input, 3));
  auto metadata = describe_images(data);
  metadata["network"] = description;
  metadata["classes"] = std::to_string(wanted.logits.shape()[1]);
  return metadata;
}

std::map<std::string, std::string> describe_images(const data::Dataset& data) {
  auto [mean, stddev] = data.standardization();
  if (mean.empty()) mean = {0};
  if (stddev.empty()) stddev = {1};
  std::map<std::string, std::string> metadata{{"image", to_string(data.input_shape())},
                                              {"mean", fmt::format("{}", fmt::join(mean, ", "))},
                                              {"deviation", fmt::format("{}", fmt::join(stddev, ", "))}};
  if (const auto names = data.class_names(); !names.empty())
    metadata["labels"] = fmt::format("{}", fmt::join(names, "\n"));
  return metadata;
}

}  // namespace backflow::models
