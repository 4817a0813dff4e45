// Pass 9: what each tile touches. Elementwise nodes are cut as the node that made one of their inputs, so that a tile
// goes on as soon as it is made; where no input was cut, they are cut in memory order.
#include <algorithm>
#include <cmath>

#include <backflow/runtime/compile/plan.h>

namespace backflow {
namespace {

constexpr double kFlatTileNanoseconds = 30'000;
constexpr std::int64_t kMaxFlatTiles = 16, kFlatGrain = 1024;

/// The part, or the whole value if it is null.
View part_view(const PlanValue& v, const Part* part) {
  View view = whole_view(v.spec, v.layout);
  if (part) {
    view.begin[static_cast<std::size_t>(part->axis)] = part->begin;
    view.shape[static_cast<std::size_t>(part->axis)] = part->length;
  }
  return view;
}

View range_view(const PlanValue& v, const Part* part, const Access& a, std::int64_t begin, std::int64_t end) {
  View view = part_view(v, part);
  const auto axis = static_cast<std::size_t>(a.axis);
  const std::int64_t from = std::max<std::int64_t>(0, begin * a.stride - a.before);
  const std::int64_t to = std::min(v.spec.shape[axis], (end - 1) * a.stride + a.after + 1);
  view.begin[axis] = from;
  view.shape[axis] = to - from;
  return view;
}

/// A value's elements in memory order, as one axis.
View flat_view(const PlanValue& v, std::int64_t begin, std::int64_t end) {
  const std::int64_t n = physical_elements(v.spec.shape, v.layout);
  return {{{n}, v.spec.type}, {}, {std::min(begin, n)}, {std::min(end, n) - std::min(begin, n)}};
}

class CutPass {
 public:
  explicit CutPass(Plan plan) : plan_(std::move(plan)), producers_(plan_.producers()) {}

  Plan run() {
    for (PlanNode& node : plan_.nodes) {
      if (node.tiling.flat) follow(node);
      for (std::size_t t = 0; t < node.tiles; ++t) node.cut.push_back(tile_of(node, t));
    }
    for (auto* aside : {&plan_.once, &plan_.shadow_copies})
      for (PlanNode& node : *aside) node.cut.push_back(tile_of(node, 0));
    return std::move(plan_);
  }

 private:
  /// Takes over the cut of the first input's maker that was cut into contiguous pieces; else cuts by cost.
  void follow(PlanNode& node) {
    const Shape& shape = plan_.values[node.out[0]].spec.shape;
    for (std::size_t v : node.in) {
      if (!producers_[v] || plan_.values[v].spec.shape != shape) continue;
      const PlanNode& maker = plan_.nodes[*producers_[v]];
      if (maker.tiles == 1) continue;
      const std::size_t output =
          static_cast<std::size_t>(std::find(maker.out.begin(), maker.out.end(), v) - maker.out.begin());
      if (!maker.tiling.flat && !can_follow(maker, output)) continue;
      node.tiles = maker.tiles;
      node.length = maker.length;
      node.tiling.flat = maker.tiling.flat;
      set_axis(node, maker.tiling.flat ? Access::along(0) : maker.tiling.out[output]);
      return;
    }
    cut_flat(node, physical_elements(shape, plan_.values[node.out[0]].layout));
  }

  bool can_follow(const PlanNode& maker, std::size_t output) const {
    const PlanValue& v = plan_.values[maker.out[output]];
    const Access& a = maker.tiling.out[output];
    const auto axis = static_cast<std::size_t>(a.axis);
    return a.kind == Access::range && is_outermost(v.spec.shape, v.layout, axis) &&
           maker.length % block(v.layout, axis) == 0;
  }

  static void set_axis(PlanNode& node, const Access& access) {
    for (auto* side : {&node.tiling.in, &node.tiling.out})
      for (Access& a : *side)
        if (a.kind == Access::range) a = access;
  }

  static void cut_flat(PlanNode& node, std::int64_t n) {
    const auto wanted = static_cast<std::int64_t>(std::ceil(node.tiling.nanoseconds / kFlatTileNanoseconds));
    const std::int64_t length = (n + std::clamp<std::int64_t>(wanted, 1, kMaxFlatTiles) - 1) /
                                std::clamp<std::int64_t>(wanted, 1, kMaxFlatTiles);
    node.length = std::min(n, (length + kFlatGrain - 1) / kFlatGrain * kFlatGrain);
    node.tiles = static_cast<std::size_t>((n + node.length - 1) / node.length);
  }

  Tile tile_of(const PlanNode& node, std::size_t t) const {
    Tile tile;
    for (std::size_t i = 0; i < node.in.size(); ++i) {
      tile.in.push_back(node.in[i]);
      tile.in_view.push_back(
          view(node, t, node.in[i], part_of(node.in_part, i), node.tiling.in.empty() ? Access{} : node.tiling.in[i]));
    }
    for (std::size_t i = 0; i < node.out.size(); ++i) {
      auto addends = node.addends.find(i);
      tile.out.push_back(addends == node.addends.end() ? node.out[i] : addends->second[t]);
      tile.out_view.push_back(view(node, t, node.out[i], part_of(node.out_part, i),
                                   node.tiling.out.empty() ? Access{} : node.tiling.out[i]));
    }
    return tile;
  }

  static const Part* part_of(const std::map<std::size_t, Part>& parts, std::size_t i) {
    const auto found = parts.find(i);
    return found == parts.end() ? nullptr : &found->second;
  }

  View view(const PlanNode& node, std::size_t t, std::size_t value, const Part* part, const Access& a) const {
    const PlanValue& v = plan_.values[value];
    if (a.kind != Access::range) return part_view(v, part);
    const std::int64_t begin = static_cast<std::int64_t>(t) * node.length, end = begin + node.length;
    if (node.tiling.flat) return flat_view(v, begin, end);
    return node.tiles == 1 ? part_view(v, part) : range_view(v, part, a, begin, std::min(end, node.tiling.extent));
  }

  Plan plan_;
  std::vector<std::optional<std::size_t>> producers_;
};

}  // namespace

Plan cut(Plan plan) { return CutPass(std::move(plan)).run(); }

}  // namespace backflow
