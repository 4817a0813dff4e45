#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/image_dataset.h>
#include <backflow/runtime/models/description.h>
#include <backflow/runtime/models/fine_tuning.h>
#include <backflow/runtime/models/head.h>

namespace backflow::models {
namespace {

/// What `logits` depend on, appended to the graph of `images`; constants become states, which files of weights hold.
Value copied(const Graph& from, Value logits, Value images) {
  std::set<std::size_t> wanted{logits.node};
  for (std::size_t n = logits.node + 1; n-- > 0;)
    if (wanted.contains(n))
      for (const Value& v : from.node(n).in) wanted.insert(v.node);
  Graph& to = *images.graph;
  std::map<std::size_t, std::vector<Value>> became;
  for (const std::size_t n : wanted) {
    const Node& node = from.node(n);
    if (node.leaf == Leaf::input) {
      became[n] = {images};
    } else if (node.leaf != Leaf::none) {
      const Leaf leaf = node.leaf == Leaf::constant ? Leaf::state : node.leaf;
      became[n] = {shared_leaf(to, leaf, node.name, node.out[0], node.initial)};
    } else {
      std::vector<Value> in;
      for (const Value& v : node.in) in.push_back(became.at(v.node)[v.index]);
      became[n] = to.add(node.op, std::move(in), node.name);
    }
  }
  return became.at(logits.node)[logits.index];
}

Value in_prediction_mode(const Model& model, Value images) {
  Graph g;
  g.set_mode(Mode::prediction);
  Spec spec = images.spec();
  spec.image = true;
  const Value logits = model.build(g.input("images", spec)).logits;
  return copied(g, logits, images);
}

InputSpec of_size(InputSpec input, std::int64_t height, std::int64_t width) {
  input.height = height > 0 ? height : picture_height(input);
  input.width = width > 0 ? width : picture_width(input);
  return input;
}

/// First values of a model's leaves.
std::map<std::string, Initializer> values_of(const Network& network, const InputSpec& input) {
  Graph g;
  network(g.input("images", {.shape = {1, input.channels, input.height, input.width}, .image = true}));
  std::map<std::string, Initializer> values;
  for (std::size_t n = 0; n < g.size(); ++n)
    if (g.node(n).leaf == Leaf::parameter || g.node(n).leaf == Leaf::state) values[g.node(n).name] = g.node(n).initial;
  return values;
}

}  // namespace

Pretrained pretrained(const Model& model, std::int64_t classes, std::int64_t height, std::int64_t width) {
  require(classes >= 1, "[fine_tuning] needs at least 1 class, got ", classes);
  Pretrained result{.description = {}, .input = of_size(model.input(), height, width), .values = {}, .head = {}};
  const InputSpec& in = result.input;
  const Network network = [&](Value images) { return in_prediction_mode(model, images); };
  const data::ImageDataset images({in.channels, in.height, in.width}, 0);
  auto nodes = described_nodes(describe(network, images).at("network"));
  const Head head = find_head(nodes);
  result.values = values_of(network, in);
  result.head = head.layer;
  result.former_classes = head.classes;
  result.classes = classes;
  if (head.classes != classes) {
    resize_head(nodes, head, classes);
    for (const std::string& name : head.parameters) result.values[name] = fan_in_uniform(head.inputs);
  }
  result.description = to_text(nodes);
  return result;
}

void Pretrained::assign_to(Store& store) const {
  for (const DescribedNode& node : described_nodes(description))
    if (node.op.empty()) store.assign(node.name, draw(node.name, {node.shape}, values.at(node.name), store.seed()));
}

void add_leaves(const std::string& description, Store& store) {
  for (const DescribedNode& node : described_nodes(description))
    if (node.op.empty() && !store.contains(node.name)) store.assign(node.name, Tensor(Spec{node.shape}));
}

std::map<std::string, std::string> Pretrained::metadata() const {
  auto result = describe_images(input);
  result["network"] = description;
  result["classes"] = std::to_string(classes);
  return result;
}

}  // namespace backflow::models
