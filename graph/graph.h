// The builder: named inputs, parameters and ops make a graph of values.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <backflow/graph/initializer.h>
#include <backflow/graph/op.h>
#include <backflow/graph/spec.h>

namespace backflow {

class Graph;

/// A value of a graph: output `index` of node `node`. Cheap to copy; valid as long as its graph.
struct Value {
  Graph* graph = nullptr;
  std::size_t node = 0, index = 0;

  const Spec& spec() const;
  const Shape& shape() const { return spec().shape; }
  explicit operator bool() const { return graph != nullptr; }
  auto operator<=>(const Value&) const = default;
};

/// What a node is for; drawings and traces show it.
enum class Role : std::uint8_t { forward, backward, update };

/// Where a value without an op comes from.
enum class Leaf : std::uint8_t { none, input, parameter, state, constant };

/// What a graph is for: batch normalisation and dropout compute another function in training.
enum class Mode : std::uint8_t { unspecified, training, prediction };

struct Node {
  std::string name;
  Role role = Role::forward;
  Leaf leaf = Leaf::none;
  std::shared_ptr<const Op> op;  // null for a leaf
  std::vector<Value> in;
  std::vector<Spec> out;
  Initializer initial;  // of a parameter, state or constant
};

class Graph {
 public:
  Graph() = default;
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  /// Before the layers are added: what `training` of their options is where they leave it open.
  void set_mode(Mode mode) { mode_ = mode; }
  Mode mode() const { return mode_; }
  /// `wanted` if it says something, else what the mode asks for, else `otherwise`. Throws an Error, with `layer`, if
  /// training is wanted in a graph for prediction.
  bool is_training(std::optional<bool> wanted, bool otherwise, const std::string& layer) const;

  /// A value that the caller provides before each run.
  Value input(const std::string& name, Spec spec);
  /// A value that lives between runs and that training changes.
  Value parameter(const std::string& name, Spec spec, Initializer initial);
  /// A value that lives between runs and that is not trained: momentum, running statistics.
  Value state(const std::string& name, Spec spec, Initializer initial);
  /// A value that never changes.
  Value constant(const std::string& name, Spec spec, Initializer initial);
  /// Appends a node. An empty name becomes the op's kind; a name that is taken gets a number. Throws an Error, with
  /// the node's name, when the shapes do not fit.
  std::vector<Value> add(std::shared_ptr<const Op> op, std::vector<Value> in, const std::string& name = "");
  /// Makes `value` readable after a run under `name`.
  void output(const std::string& name, Value value);

  const Node& node(std::size_t i) const { return nodes_.at(i); }
  const Node& node(const Value& v) const { return nodes_.at(v.node); }
  std::size_t size() const { return nodes_.size(); }
  const std::map<std::string, Value>& outputs() const { return outputs_; }
  /// All parameters, in the order of their creation.
  std::vector<Value> parameters();
  /// The leaf called `name`; throws an Error that lists near names if there is none.
  Value leaf(const std::string& name);
  /// The same, or an empty value if there is none.
  Value find_leaf(const std::string& name);

  /// Says that `value`, of four axes, is images [N, C, H, W].
  void mark_image(Value value);

 private:
  friend class RoleScope;
  std::string unique(const std::string& wanted);
  Value add_leaf(Leaf leaf, const std::string& name, Spec spec, Initializer initial);

  std::vector<Node> nodes_;
  std::map<std::string, std::size_t> names_;
  std::map<std::string, std::size_t> next_number_;  // of names that are taken
  std::map<std::string, Value> outputs_;
  Role role_ = Role::forward;
  Mode mode_ = Mode::unspecified;
  std::string prefix_;
};

/// While it lives, nodes get this role, and names without one of their own begin with `prefix`.
class RoleScope {
 public:
  RoleScope(Graph& graph, Role role, std::string prefix = "");
  ~RoleScope();
  RoleScope(const RoleScope&) = delete;
  RoleScope& operator=(const RoleScope&) = delete;

 private:
  Graph& graph_;
  Role role_;
  std::string prefix_;
};

}  // namespace backflow
