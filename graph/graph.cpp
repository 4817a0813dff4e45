#include <backflow/graph/graph.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/graph/printable.h>
#include <backflow/graph/shape_limits.h>

namespace backflow {
namespace {

void check_image(const Spec& spec) {
  require(spec.shape.size() == 4, "[graph] an image has shape [N, C, H, W], got ", to_string(spec.shape));
}

/// What an op makes of an image by pixels, windows or ranges of channels is one too.
void mark_images(const OpTraits& traits, const std::vector<Spec>& in, std::vector<Spec>& out) {
  const bool keeps = traits.locality == Locality::pointwise || traits.locality == Locality::window || traits.slices;
  const bool reads = std::any_of(in.begin(), in.end(), [](const Spec& s) { return s.image; });
  for (Spec& s : out) s.image = s.shape.size() == 4 && (s.image || traits.images || (keeps && reads));
}

}  // namespace

const Spec& Value::spec() const { return graph->node(node).out.at(index); }

bool Graph::is_training(std::optional<bool> wanted, bool otherwise, const std::string& layer) const {
  require(mode_ != Mode::prediction || !wanted.value_or(false), "[", layer,
          "] is built for training in a graph for prediction; leave `training` open and the graph decides");
  return wanted.value_or(mode_ == Mode::unspecified ? otherwise : mode_ == Mode::training);
}

void Graph::mark_image(Value v) {
  Spec& spec = nodes_.at(v.node).out.at(v.index);
  check_image(spec);
  spec.image = true;
}

Value Graph::add_leaf(Leaf leaf, const std::string& name, Spec spec, Initializer initial) {
  require(!name.empty() && !names_.contains(name), "[graph] the name '", printable(name), "' is empty or taken");
  for (auto d : spec.shape)
    require(d > 0, "[", printable(name), "] a shape needs positive lengths, got ", to_string(spec.shape));
  check_shape(name, spec.shape);
  if (spec.image) check_image(spec);
  require(
      initial.kind != Initializer::values || static_cast<std::int64_t>(initial.data->size()) == elements(spec.shape),
      "[", printable(name), "] shape ", to_string(spec.shape), " needs ", elements(spec.shape), " values, got ",
      initial.data ? initial.data->size() : 0);
  names_[name] = nodes_.size();
  nodes_.push_back({name, role_, leaf, nullptr, {}, {std::move(spec)}, std::move(initial)});
  return {this, nodes_.size() - 1, 0};
}

Value Graph::input(const std::string& name, Spec spec) { return add_leaf(Leaf::input, name, std::move(spec), {}); }

Value Graph::parameter(const std::string& name, Spec spec, Initializer initial) {
  return add_leaf(Leaf::parameter, name, std::move(spec), std::move(initial));
}

Value Graph::state(const std::string& name, Spec spec, Initializer initial) {
  return add_leaf(Leaf::state, name, std::move(spec), std::move(initial));
}

Value Graph::constant(const std::string& name, Spec spec, Initializer initial) {
  return add_leaf(Leaf::constant, unique(name), std::move(spec), std::move(initial));
}

std::string Graph::unique(const std::string& wanted) {
  if (!names_.contains(wanted)) return wanted;
  std::size_t& n = next_number_.try_emplace(wanted, 2).first->second;  // names never become free again
  while (names_.contains(wanted + "_" + std::to_string(n))) ++n;
  return wanted + "_" + std::to_string(n);
}

std::vector<Value> Graph::add(std::shared_ptr<const Op> op, std::vector<Value> in, const std::string& name) {
  const std::string full = unique(!name.empty() ? name : prefix_.empty() ? op->kind() : prefix_ + "." + op->kind());
  std::vector<Spec> specs;
  for (const Value& v : in) {
    require(v.graph == this, "[", printable(full), "] an input belongs to no graph or to another one");
    specs.push_back(v.spec());
  }
  std::vector<Spec> out;
  try {
    out = op->infer(specs);
  } catch (const Error& e) {
    if (full == op->kind()) throw;
    fail(e.what(), " (node '", printable(full), "')");
  }
  for (const Spec& s : out) {
    for (auto d : s.shape)
      require(d > 0, "[", op->kind(), "] would make an empty value ", to_string(s), " (node '", printable(full), "')");
    check_shape(full, s.shape);
  }
  mark_images(op->traits(), specs, out);
  names_[full] = nodes_.size();
  std::vector<Value> result;
  for (std::size_t i = 0; i < out.size(); ++i) result.push_back({this, nodes_.size(), i});
  nodes_.push_back({full, role_, Leaf::none, std::move(op), std::move(in), std::move(out), {}});
  return result;
}

void Graph::output(const std::string& name, Value value) {
  require(value.graph == this, "[graph] output '", name, "' belongs to another graph");
  require(outputs_.emplace(name, value).second, "[graph] output '", name, "' exists already");
}

std::vector<Value> Graph::parameters() {
  std::vector<Value> result;
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (nodes_[i].leaf == Leaf::parameter) result.push_back({this, i, 0});
  return result;
}

Value Graph::find_leaf(const std::string& name) {
  auto found = names_.find(name);
  if (found == names_.end() || nodes_[found->second].leaf == Leaf::none) return {};
  return {this, found->second, 0};
}

Value Graph::leaf(const std::string& name) {
  if (const Value found = find_leaf(name)) return found;
  std::string known;
  for (const Node& n : nodes_)
    if (n.leaf == Leaf::input || n.leaf == Leaf::parameter) known += (known.empty() ? "" : ", ") + n.name;
  fail("[graph] there is no input or parameter '", name, "'; there are: ", known);
}

RoleScope::RoleScope(Graph& graph, Role role, std::string prefix)
    : graph_(graph), role_(graph.role_), prefix_(graph.prefix_) {
  graph.role_ = role;
  graph.prefix_ = std::move(prefix);
}

RoleScope::~RoleScope() {
  graph_.role_ = role_;
  graph_.prefix_ = prefix_;
}

}  // namespace backflow
