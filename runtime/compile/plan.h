// What the compiler works on. Each pass takes a plan and returns a plan. Internal to runtime/compile/.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <backflow/graph/graph.h>

namespace backflow {

struct PlanValue {
  std::string name;
  Spec spec;
  Leaf leaf = Leaf::none;
  Initializer initial;
  Layout layout = Layout::any();           // set by layout()
  std::optional<std::size_t> view_of;      // this value is that one byte for byte, its axes are other ones
  bool local = false;                      // never leaves a task, so it lies with the worker; set by local()
  std::optional<std::size_t> overwritten;  // this value lies in the memory of that one, which ends with it
  bool kept = false;                       // read after the run
  std::string derived = {};                // of a frozen form of weights: its key in the store; the leaf is a constant
  std::optional<std::size_t> ordered_as = {};  // a copy in bf16 of that parameter, in the same memory order
  std::size_t bytes = 0, offset = 0;           // set by memory(); offset is meaningless for leaves but constants
};

/// One tile of a node: which values it touches, and where.
struct Tile {
  std::vector<std::size_t> in, out;
  std::vector<View> in_view, out_view;
};

struct PlanNode {
  std::string name;
  Role role = Role::forward;
  std::shared_ptr<const Op> op;
  std::vector<std::size_t> in, out;
  Tiling tiling;
  std::int64_t length = 1;                                  // of a tile, along the cut; set by tile()
  std::size_t tiles = 1;                                    // set by tile()
  std::map<std::size_t, std::vector<std::size_t>> addends;  // of a partial output, one value for each tile
  std::vector<Tile> cut;                                    // set by cut()
  std::map<std::size_t, Part> in_part, out_part;            // of arguments that lie in a larger value; set by elide()
  std::vector<std::size_t> after;                           // values that must exist before, though nothing reads them
};

/// An execution unit: one tile of one node.
struct Unit {
  std::size_t node, tile;
};

/// The order in which units must run.
struct Order {
  std::vector<Unit> units;                       // topologically sorted
  std::vector<std::vector<std::size_t>> before;  // for each unit those that must have ended
};

/// Units that run one after the other on one worker.
struct Tasks {
  std::vector<std::vector<std::size_t>> units;
  std::vector<std::vector<std::size_t>> before;  // for each task those that must have ended
};

struct Plan {
  std::vector<PlanValue> values;
  std::vector<PlanNode> nodes;  // in an order in which they can run
  std::vector<PlanNode> once;   // run when the flow is made: forms of frozen weights
  /// Run before the first step, and whenever somebody else has changed parameters: copies in bf16 that updates write.
  std::vector<PlanNode> shadow_copies;
  std::map<std::string, std::size_t> outputs;
  std::size_t arena_bytes = 0;  // of all values that are not leaves and not local
  std::size_t local_bytes = 0;  // that each worker needs for local values
  Order order;                  // set by schedule(), as are:
  Tasks tasks;
  double parallelism = 1;  // all work over the longest chain of units, by the ops' estimates: cores that it keeps busy

  Signature signature(const PlanNode& node) const;
  /// The signature of its first (largest) tile.
  Signature tile_signature(const PlanNode& node) const;
  std::size_t add(PlanValue value);
  /// Takes out the nodes that `gone` marks.
  void erase(const std::vector<bool>& gone);
  /// The value whose memory `value` is a view of; itself if it is none.
  std::size_t base(std::size_t value) const;
  /// Throws an Error unless schedule() has ordered its tiles, which `pass` needs.
  void require_schedule(const char* pass) const;
  /// For each value the node that makes it, or nothing.
  std::vector<std::optional<std::size_t>> producers() const;
  /// For each value the nodes that read it.
  std::vector<std::vector<std::size_t>> readers() const;
};

/// Nodes that outputs and updates need; values of leaves that they read.
Plan prune(const Graph& graph);
/// Where the parts of a gradient each go through the gradient of a relu whose outputs lie side by side in one value,
/// the whole goes through one.
Plan sink_mask(Plan plan);
/// For frozen weights: lets convolutions scale and shift channels as the neighbouring batch normalisation would.
Plan fold(Plan plan);
/// Joins a node and its only consumer where the op can compute both.
Plan fuse(Plan plan);
/// Computes forward values a second time for the backward pass, which then need not be kept: all but those at the
/// borders of `segments` segments.
Plan recompute(Plan plan, std::size_t segments);
/// Decides which values are held in bf16, and inserts conversions.
Plan assign_precision(Plan plan);
/// Lets ops read weights in the forms that they like best; the nodes that compute the forms are appended before them.
Plan prepack(Plan plan, bool frozen);
/// Chooses how many tiles each node has; a function of the graph alone.
Plan tile(Plan plan);
/// Chooses each value's memory order, inserting reorders. `known` are the layouts that parameters have already.
Plan layout(Plan plan, const std::map<std::string, Layout>& known);
/// Moves what makes forms of weights alone, reorders too, out of the step: for frozen weights.
Plan hoist(Plan plan);
/// Lets values lie in the values that concat makes of them, and slices in what they are taken from.
Plan elide(Plan plan);
/// Says for each tile what it touches.
Plan cut(Plan plan);
/// Orders the tiles, and joins them to tasks.
Plan schedule(Plan plan);
/// Finds the values that never leave a task.
Plan local(Plan plan);
/// Gives each temporary value its place in one arena.
Plan memory(Plan plan);

/// A piece of a value's memory, in bytes from its start.
struct Bytes {
  std::size_t begin, end;
};

/// What a unit touches of a value.
struct Touch {
  std::size_t unit;
  Bytes bytes;
};
/// What a view covers; the whole value where the view is not contiguous.
Bytes bytes_of(const View& view);

Order order_of(const Plan& plan);

Tasks tasks_of(const Plan& plan, const Order& order);

/// A drawing of what really runs, for graphviz: fused nodes, reorders, numbers of tiles, memory orders.
std::string to_dot(const Plan& plan);

struct CompileOptions {
  bool frozen = false;           // no parameter ever changes
  bool bf16 = false;             // products compute with bf16
  std::size_t memory_limit = 0;  // of the arena in bytes, 0 for none: activations are computed a second time to meet it
};

/// All passes after prune(). `known` are the layouts that parameters have already. If the memory limit cannot be met,
/// the arena is as small as was found.
Plan compile(Plan plan, const std::map<std::string, Layout>& known, const CompileOptions& options = {});
inline Plan compile(const Graph& graph, const std::map<std::string, Layout>& known,
                    const CompileOptions& options = {}) {
  return compile(prune(graph), known, options);
}

}  // namespace backflow
