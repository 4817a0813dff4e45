#include <backflow/runtime/models/description.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/described_nodes.h>
#include <backflow/runtime/models/described_ops.h>
#include <backflow/runtime/models/metadata_entries.h>

namespace backflow::models {
namespace {

// Above these a file is damaged or an attack; their products fit 64 bits.
constexpr std::int64_t kMaxDescribedSide = 1 << 14, kMaxDescribedChannels = 3;

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
    logits = built(network, images);
    require(logits.graph == &graph && logits.shape().size() == 2 && logits.shape()[0] == batch,
            "[describe] the network should make logits [", batch, ", classes] of images ", to_string(shape), ", got ",
            logits.graph == &graph ? to_string(logits.shape()) : "a value of another graph");
    std::set<std::size_t> wanted{images.node, logits.node};
    for (std::size_t i = graph.size(); i-- > 0;)
      if (wanted.contains(i))
        for (const Value& v : graph.node(i).in) wanted.insert(v.node);
    nodes.assign(wanted.begin(), wanted.end());
  }

  /// With marks where a network of a builder has dropout.
  static Value built(const Network& network, Value images) {
    const auto* architecture = network.target<Architecture>();
    if (!architecture) return network(images);
    NetworkBuilder builder(*images.graph);
    builder.mark_dropout();
    return architecture->build(builder, images);
  }
};

DescribedNode described_leaf(const Node& node) {
  const bool is_kept = node.leaf == Leaf::parameter || node.leaf == Leaf::state;
  require(is_kept && node.out[0].type == Type::f32, "[describe] '", node.name, "' is ",
          node.leaf == Leaf::input ? "an input" : "a constant",
          "; a description has images, parameters and states alone");
  return {.op = {}, .name = node.name, .leaf = node.leaf, .in = {}, .shape = node.out[0].shape, .options = {}};
}

DescribedNode described_op(const Graph& g, const Node& node, const std::map<std::size_t, std::size_t>& places) {
  const auto found = described_ops().find(node.op->kind());
  require(found != described_ops().end(), "[describe] the op ", node.op->kind(), " (node '", node.name,
          "') cannot be described");
  DescribedNode result{.op = node.op->kind(), .name = node.name, .in = {}, .shape = {}, .options = {}};
  for (const Value& v : node.in) {
    require(v.index == 0, "[describe] node '", node.name, "' reads another result of '", g.node(v).name,
            "' than its first, which cannot be described");
    result.in.push_back(places.at(v.node));
  }
  if (found->second.has_shape) {
    const Shape &x = g.node(node.in[0]).out[0].shape, &y = node.out[0].shape;
    require(!y.empty() && y[0] == x[0], "[describe] the op ", node.op->kind(), " (node '", node.name,
            "') mixes the images of a batch, which cannot be described");
    result.shape = Shape(y.begin() + 1, y.end());
  }
  const auto options = node.op->traits().options;
  if (options) result.options = options();
  return result;
}

std::string description_of(const Built& b) {
  std::map<std::size_t, std::size_t> places;
  DescribedNodes nodes;
  for (const std::size_t i : b.nodes) {
    const Node& node = b.graph.node(i);
    if (!places.empty()) nodes.push_back(node.op ? described_op(b.graph, node, places) : described_leaf(node));
    places.emplace(i, places.size());
  }
  require(b.logits.index == 0 && places.at(b.logits.node) == nodes.size() && nodes.size() <= kMaxDescribedNodes,
          "[describe] the logits should be the last of at most ", kMaxDescribedNodes, " nodes");
  return to_text(nodes);
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

}  // namespace

Architecture described_network(const std::string& description) {
  return {[nodes = described_nodes(description)](NetworkBuilder& b, Value images) {
    return build_described(nodes, b, 0, images, nodes.size());
  }};
}

std::map<std::string, std::string> describe(const Network& network, const data::Dataset& data) {
  const std::string description = description_of(Built(network, data.input_shape(), 2));
  const Built wanted(network, data.input_shape(), 3);
  check_same(wanted, Built(described_network(description), data.input_shape(), 3));
  auto metadata = describe_images(data);
  metadata["network"] = description;
  metadata["classes"] = std::to_string(wanted.logits.shape()[1]);
  return metadata;
}

std::map<std::string, std::string> describe_images(const data::Dataset& data) {
  auto metadata = describe_labels(data);
  if (const std::string recipe = data.table_recipe(); !recipe.empty())
    metadata["table"] = recipe;
  else
    metadata.merge(describe_images(input_of(data)));
  return metadata;
}

std::map<std::string, std::string> describe_labels(const data::Dataset& data) {
  const bool has_numbers = data.target_count() > 0 && data.table_recipe().empty();
  if (const data::Standardization targets = data.target_standardization(); has_numbers)
    return {{"target_mean", fmt::format("{}", fmt::join(targets.mean, ","))},
            {"target_deviation", fmt::format("{}", fmt::join(targets.stddev, ","))}};
  const auto names = data.class_names();
  if (names.empty()) return {};
  return {{"labels", fmt::format("{}", fmt::join(names, "\n"))}};
}

std::map<std::string, std::string> describe_images(const InputSpec& input) {
  const auto text = [](std::vector<float> numbers) {
    if (std::equal(numbers.begin() + 1, numbers.end(), numbers.begin())) numbers.resize(1);
    return fmt::format("{}", fmt::join(numbers, ","));
  };
  return {{"image", to_string(Shape{input.channels, input.height, input.width})},
          {"mean", text(input.mean)},
          {"deviation", text(input.stddev)}};
}

InputSpec described_images(const std::map<std::string, std::string>& metadata) {
  const MetadataEntries entries(metadata);
  const auto image = entries.list("image", kMaxDescribedSide);
  require(image.size() == 3 && image[0] <= kMaxDescribedChannels,
          "its metadata should have 'image' as [channels, height, width], found '",
          files::printable(entries.text("image")), "'");
  const auto channels = static_cast<std::size_t>(image[0]);
  InputSpec input{image[0], image[1], image[2], entries.numbers("mean", channels),
                  entries.numbers("deviation", channels)};
  for (const float deviation : input.stddev)
    require(deviation > 0, "its metadata entry 'deviation' should be above 0, found ", deviation);
  return input;
}

InputSpec input_of(const data::Dataset& data) {
  const Shape image = data.input_shape();
  auto [mean, stddev] = data.standardization();
  if (mean.empty()) mean.assign(static_cast<std::size_t>(image.at(0)), 0);
  if (stddev.empty()) stddev.assign(static_cast<std::size_t>(image.at(0)), 1);
  require(image.size() == 3, "[describe] images are [channels, height, width], these inputs are ", to_string(image));
  return {image[0], image[1], image[2], std::move(mean), std::move(stddev)};
}

image::Image picture_of(std::span<const float> input, const data::Dataset& data) {
  const InputSpec spec = input_of(data);
  return from_input(input, static_cast<int>(spec.width), static_cast<int>(spec.height), spec);
}

}  // namespace backflow::models
