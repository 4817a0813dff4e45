// Pass 5: how many tiles each node has. A function of the graph alone: threads never change it, so they never change
// the bits. Sample-wise nodes of one batch share one cut, so that a tile can go through many of them without waiting.
#include <algorithm>
#include <cmath>

#include <backflow/graph/sum.h>
#include <backflow/runtime/compile/plan.h>

namespace backflow {
namespace {

constexpr double kTileNanoseconds = 60'000;  // below some 20 µs, starting a task costs more than it brings
constexpr double kTileBytes = 128 << 10;     // of a result that is not cut by rows: its reader finds it in the cache
constexpr std::int64_t kMaxTiles = 16;
constexpr double kSmallShare = .05;  // of the time: layers below it do not say how many rows a tile has

bool is_by_rows(const Tiling& t) {
  return !t.flat && t.extent > 1 &&
         std::any_of(t.in.begin(), t.in.end(), [](const Access& a) { return a.kind == Access::range && a.axis == 0; });
}

/// What the sample-wise nodes of one batch size cost together, by the grain that suits them.
class Rows {
 public:
  void add(const Tiling& t) { nanoseconds_[t.grain] += t.nanoseconds; }

  double nanoseconds() const {
    double total = 0;
    for (const auto& [grain, time] : nanoseconds_) total += time;
    return total;
  }

  /// The largest that counts: a small layer which wants many rows does not leave large ones uncut.
  std::int64_t grain() const {
    const double counts = kSmallShare * nanoseconds();
    double coarse = 0;
    for (auto g = nanoseconds_.rbegin(); g != nanoseconds_.rend(); ++g)
      if ((coarse += g->second) >= counts) return g->first;
    return 1;
  }

 private:
  std::map<std::int64_t, double> nanoseconds_;
};

std::int64_t tile_length(std::int64_t extent, std::int64_t grain, double pieces) {
  const std::int64_t tiles = std::clamp<std::int64_t>(static_cast<std::int64_t>(std::ceil(pieces)), 1, kMaxTiles);
  const std::int64_t length = (extent + tiles - 1) / tiles;
  return std::min(extent, (length + grain - 1) / grain * grain);
}

/// How many tiles suit a node that is cut for itself alone: an update follows each tile of a weight gradient.
double pieces_of(const Plan& plan, const PlanNode& node) {
  double bytes = 0;
  for (std::size_t i = 0; i < node.tiling.out.size(); ++i) {
    const Spec& s = plan.values[node.out[i]].spec;
    if (node.tiling.out[i].kind == Access::range)
      bytes += static_cast<double>(elements(s.shape)) * static_cast<double>(size_of(s.type));
  }
  return std::max(node.tiling.nanoseconds / kTileNanoseconds, bytes / kTileBytes);
}

/// A partial output becomes one value for each tile, and a node that sums them in order.
PlanNode sum_of_addends(Plan& plan, PlanNode& node, std::size_t output) {
  const PlanValue whole = plan.values[node.out[output]];
  PlanNode sum{whole.name + ".sum", node.role, std::make_shared<Sum>(), {}, {node.out[output]}, {}, 1, 1, {}, {}};
  for (std::size_t t = 0; t < node.tiles; ++t) {
    PlanValue addend = whole;
    addend.name += "." + std::to_string(t);
    addend.kept = false;
    sum.in.push_back(plan.add(std::move(addend)));
  }
  node.addends[output] = sum.in;
  node.out[output] = sum.in[0];
  sum.tiling = sum.op->tiling(plan.signature(sum));
  return sum;
}

}  // namespace

Plan tile(Plan plan) {
  std::map<std::int64_t, Rows> rows;
  for (PlanNode& node : plan.nodes) {
    node.tiling = node.op->tiling(plan.signature(node));
    if (is_by_rows(node.tiling)) rows[node.tiling.extent].add(node.tiling);
  }
  std::vector<PlanNode> nodes;
  for (PlanNode& node : plan.nodes) {
    const Tiling& t = node.tiling;
    const bool by_rows = is_by_rows(t);
    const std::int64_t grain = by_rows ? rows[t.extent].grain() : t.grain;
    const double pieces = by_rows ? rows[t.extent].nanoseconds() / kTileNanoseconds : pieces_of(plan, node);
    node.length = t.flat ? 1 : tile_length(t.extent, grain, pieces);
    node.tiles = t.flat ? 1 : static_cast<std::size_t>((t.extent + node.length - 1) / node.length);
    const std::size_t at = nodes.size();
    nodes.push_back(std::move(node));
    for (std::size_t i = 0; i < nodes[at].tiling.out.size() && nodes[at].tiles > 1; ++i)
      if (nodes[at].tiling.out[i].kind == Access::partial) {
        PlanNode sum = sum_of_addends(plan, nodes[at], i);
        nodes.push_back(std::move(sum));
      }
  }
  plan.nodes = std::move(nodes);
  return plan;
}

}  // namespace backflow
