#include <backflow/runtime/models/fine_tuning.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/ops/channel_mix.h>
#include <backflow/ops/resize2d.h>
#include <backflow/runtime/models/description.h>
#include <backflow/runtime/models/layer_patterns.h>

namespace backflow::models {
namespace {

constexpr const char* kWhere = "[fine_tuning] ";

/// `leaves` of layers that `pattern` means; the option is named where there are none.
std::set<std::string> meant(const DescribedNodes& nodes, const Head& head, const std::string& pattern,
                            const char* option) {
  std::set<std::string> leaves;
  try {
    leaves = leaves_of(nodes, matching_layers(nodes, head, pattern));
  } catch (const Error& e) {
    throw OptionError(option, str_cat("does not fit the network: ", e.what()), kWhere);
  }
  if (leaves.empty()) throw OptionError(option, str_cat("names '", pattern, "', which has no parameters"), kWhere);
  return leaves;
}

/// Nothing random is in the frozen part: its dropout is that of prediction, as its batch normalisation is.
void stop_frozen_dropout(DescribedNodes& nodes, const std::set<std::string>& frozen) {
  if (frozen.empty()) return;
  std::vector<bool> trained{false};
  for (DescribedNode& node : nodes) {
    const bool is_trained =
        node.op.empty() ? node.leaf == Leaf::parameter && !frozen.contains(node.name)
                        : std::any_of(node.in.begin(), node.in.end(), [&](std::size_t i) { return trained[i]; });
    if (node.op == "dropout" && !is_trained) node.options["p"] = {0};
    trained.push_back(is_trained);
  }
}

/// A builder in `graph` whose parameters of these names are states.
NetworkBuilder freezing_builder(Graph& graph, const std::set<std::string>& frozen) {
  return NetworkBuilder(
      graph, [&graph, &frozen](Leaf leaf, const std::string& name, const Spec& spec, const Initializer& initial) {
        return shared_leaf(graph, frozen.contains(name) ? Leaf::state : leaf, name, spec, initial);
      });
}

/// (x · deviation + mean − network's mean) / network's deviation, with the channels that the network reads.
ChannelMixOptions mixed(const InputSpec& own, const InputSpec& input) {
  const auto from = static_cast<std::size_t>(own.channels), to = static_cast<std::size_t>(input.channels);
  // Rec. 601 luma; see to_input().
  constexpr float luma[] = {0.299F, 0.587F, 0.114F};
  ChannelMixOptions o{std::vector<float>(from * to), {}, "as_network_reads"};
  for (std::size_t c = 0; c < to; ++c) {
    float mean = 0;
    for (std::size_t i = 0; i < from; ++i) {
      const float share = from == to ? static_cast<float>(i == c) : from == 1 ? 1.0F : luma[i];
      o.matrix[c * from + i] = share * own.stddev[i] / input.stddev[c];
      mean += share * own.mean[i];
    }
    o.bias.push_back((mean - input.mean[c]) / input.stddev[c]);
  }
  return o;
}

}  // namespace

struct FineTuning::Nodes {
  DescribedNodes all;
};

FineTuning::~FineTuning() = default;
FineTuning::FineTuning(FineTuning&&) noexcept = default;
FineTuning& FineTuning::operator=(FineTuning&&) noexcept = default;

FineTuning::FineTuning(const std::string& description, const FineTuningOptions& options)
    : nodes_(std::make_unique<Nodes>(Nodes{described_nodes(description)})) {
  DescribedNodes& nodes = nodes_->all;
  const Head head = find_head(nodes);
  for (const std::string& pattern : options.freeze) frozen_.merge(meant(nodes, head, pattern, "freeze"));
  for (const auto& [pattern, factor] : options.layer_rates)
    for (const std::string& name : meant(nodes, head, pattern, "layer_lr")) rates_[name] = factor;
  if (options.head_rate != 1)
    for (const std::string& name : head.parameters) rates_[name] = options.head_rate;
  stop_frozen_dropout(nodes, frozen_);
  if (trained_parameters() == 0) throw OptionError("freeze", "leaves nothing to train", kWhere);
}

Architecture FineTuning::network() const {
  return {[nodes = nodes_->all, frozen = frozen_](NetworkBuilder&, Value images) {
    NetworkBuilder b = freezing_builder(*images.graph, frozen);
    return build_described(nodes, b, 0, images, nodes.size());
  }};
}

std::int64_t FineTuning::trained_parameters() const {
  std::int64_t total = 0;
  for (const DescribedNode& node : nodes_->all)
    if (node.leaf == Leaf::parameter && !frozen_.contains(node.name)) total += elements(node.shape);
  return total;
}

std::size_t FineTuning::border() const {
  const DescribedNodes& nodes = nodes_->all;
  std::vector<bool> trained{false};
  const std::vector<bool> is_fixed = only_of_leaves(nodes);
  std::set<std::size_t> borders;
  for (const DescribedNode& node : nodes) {
    const bool is_trained =
        node.op.empty() ? node.leaf == Leaf::parameter && !frozen_.contains(node.name)
                        : std::any_of(node.in.begin(), node.in.end(), [&](std::size_t i) { return trained[i]; });
    if (is_trained)
      for (const std::size_t i : node.in)
        if (!trained[i] && !is_fixed[i]) borders.insert(i);
    trained.push_back(is_trained);
  }
  std::string names;
  for (const std::size_t place : borders)
    names += str_cat(names.empty() ? "'" : ", '", place == 0 ? "images" : nodes[place - 1].name, "'");
  require(borders.size() == 1, kWhere, "features cannot be kept: ", borders.size(),
          " values lead from the frozen layers to the others: ", names);
  require(!leaves_of(nodes, with_sources(nodes, borders)).empty(), kWhere,
          "features cannot be kept: the first layer with weights is trained");
  return *borders.begin();
}

Architecture FineTuning::features() const {
  return {[nodes = nodes_->all, frozen = frozen_, to = border()](NetworkBuilder&, Value images) {
    NetworkBuilder b = freezing_builder(*images.graph, frozen);
    return build_described(nodes, b, 0, images, to);
  }};
}

Architecture FineTuning::behind_features() const {
  return {[nodes = nodes_->all, frozen = frozen_, from = border()](NetworkBuilder&, Value features) {
    NetworkBuilder b = freezing_builder(*features.graph, frozen);
    return build_described(nodes, b, from, features, nodes.size());
  }};
}

Shape FineTuning::features_of(const InputSpec& input) const {
  Graph g;
  NetworkBuilder b(g);
  return features()
      .build(b, g.input("images", {.shape = {1, input.channels, input.height, input.width}, .image = true}))
      .shape();
}

Network on_images_of(const data::Dataset& data, Architecture network, const InputSpec& input) {
  const InputSpec own = input_of(data);
  const bool is_same_size = own.height == input.height && own.width == input.width;
  const bool is_same =
      is_same_size && own.channels == input.channels && own.mean == input.mean && own.stddev == input.stddev;
  if (is_same) return network;
  const auto is_colour = [](std::int64_t channels) { return channels == 1 || channels == 3; };
  require(own.channels == input.channels || (is_colour(own.channels) && is_colour(input.channels)), kWhere,
          "images have ", own.channels, " channels, the network reads ", input.channels);
  return [network = std::move(network), mix = mixed(own, input), is_same_size, input](Value images) {
    Value x = channel_mix(images, mix);
    if (!is_same_size)
      x = resize2d(x, {.height = input.height, .width = input.width, .mode = Resize::smooth, .name = "resized"});
    return network(x);
  };
}

Network on_images_of(const data::Dataset& data, const Model& model) {
  InputSpec input = model.input();
  if (input.any_size()) {
    input.height = data.input_shape()[1];
    input.width = data.input_shape()[2];
  }
  return on_images_of(data, {[&model](NetworkBuilder&, Value images) { return model.build(images).logits; }}, input);
}

std::string conversion_of(const data::Dataset& data, const InputSpec& input) {
  const InputSpec own = input_of(data);
  if (own.channels == input.channels && own.height == input.height && own.width == input.width) return "";
  return str_cat(to_string(own), " to ", to_string(input));
}

}  // namespace backflow::models
