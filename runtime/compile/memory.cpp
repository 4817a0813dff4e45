// Pass 12: one arena for all temporary values. Two values may share memory when, whatever the scheduling, every tile
// that touches the first has ended before any tile writes the second.
#include <algorithm>

#include <backflow/runtime/compile/ancestors.h>

namespace backflow {
namespace {

constexpr std::size_t kAlignment = 64;

class MemoryPass {
 public:
  explicit MemoryPass(Plan plan)
      : plan_(std::move(plan)),
        ancestors_(plan_.order),
        touches_(plan_.values.size()),
        writes_(plan_.values.size()),
        is_placed_(plan_.values.size()),
        ended_below_(plan_.order.units.size() + 1) {
    for (std::size_t u = 0; u < plan_.order.units.size(); ++u) collect(u);
    ended_below_.back() = plan_.order.units.size();
    for (std::size_t u = plan_.order.units.size(); u-- > 0;)
      ended_below_[u] = std::min(ended_below_[u + 1], ancestors_.ended_below(u));
  }

  Plan run() {
    for (PlanValue& v : plan_.values)
      v.bytes = static_cast<std::size_t>(physical_elements(v.spec.shape, v.layout)) * size_of(v.spec.type);
    for (const PlanNode& node : plan_.nodes)
      for (std::size_t i = 0; i < node.out.size(); ++i) {
        auto addends = node.addends.find(i);
        const auto values = addends == node.addends.end() ? std::vector{node.out[i]} : addends->second;
        for (std::size_t v : values)
          if (!plan_.values[v].overwritten && !plan_.values[v].local && !is_placed_[v])  // several nodes may write it
            place(v, in_place(node, i).value_or(v));
      }
    for (std::size_t v = 0; v < plan_.values.size(); ++v)
      if (plan_.values[v].view_of) plan_.values[v].offset = plan_.values[plan_.base(v)].offset;
    return std::move(plan_);
  }

 private:
  void collect(std::size_t u) {
    const Tile& tile = plan_.nodes[plan_.order.units[u].node].cut[plan_.order.units[u].tile];
    for (std::size_t i = 0; i < tile.in.size(); ++i)
      touches_[plan_.base(tile.in[i])].push_back({u, bytes_of(tile.in_view[i])});
    for (std::size_t i = 0; i < tile.out.size(); ++i) {
      touches_[tile.out[i]].push_back({u, bytes_of(tile.out_view[i])});
      writes_[tile.out[i]].push_back({u, bytes_of(tile.out_view[i])});
    }
  }

  /// The value that output `i` may lie on: an input that the node reads once, so that writing cannot spoil the rest.
  std::optional<std::size_t> in_place(const PlanNode& node, std::size_t i) const {
    const auto input = node.op->may_overwrite(i);
    if (!input) return {};
    const std::size_t base = plan_.base(node.in[*input]);
    const auto reads = std::count_if(node.in.begin(), node.in.end(), [&](auto v) { return plan_.base(v) == base; });
    return reads == 1 ? std::optional(base) : std::nullopt;
  }

  /// `in_place` is the value whose memory this one would like to take over, or itself.
  void place(std::size_t value, std::size_t in_place) {
    PlanValue& v = plan_.values[value];
    forget_ended(value);
    if (in_place != value && can_take_over(in_place, value)) {
      v.offset = plan_.values[in_place].offset;
    } else {
      v.offset = first_gap(value);
    }
    plan_.arena_bytes = std::max(plan_.arena_bytes, v.offset + aligned(v.bytes));
    is_placed_[value] = true;
    const auto behind = std::upper_bound(placed_.begin(), placed_.end(), value, [this](std::size_t a, std::size_t b) {
      return plan_.values[a].offset < plan_.values[b].offset;
    });
    placed_.insert(behind, value);
  }

  /// Drops the values that can share memory with all that will be placed from now on: those whose touches have ended
  /// when any of the units that are left starts.
  void forget_ended(std::size_t value) {
    if (writes_[value].empty()) return;
    const std::size_t limit = ended_below_[writes_[value].front().unit];
    if (limit <= forgotten_below_) return;
    forgotten_below_ = limit;
    std::erase_if(placed_, [&](std::size_t p) {
      return !plan_.values[p].kept && (touches_[p].empty() || touches_[p].back().unit < limit);
    });
  }

  bool can_take_over(std::size_t old, std::size_t value) const {
    const PlanValue &a = plan_.values[old], &b = plan_.values[value];
    if (a.leaf != Leaf::none || a.overwritten || a.kept || a.local || a.bytes != b.bytes || a.layout != b.layout)
      return false;
    for (const Touch& t : touches_[old])
      for (const Touch& w : writes_[value]) {
        const bool apart = t.bytes.end <= w.bytes.begin || w.bytes.end <= t.bytes.begin;
        if (!apart && t.unit != w.unit && !ancestors_.ends_before(t.unit, w.unit)) return false;
      }
    return std::none_of(placed_.begin(), placed_.end(), [&](std::size_t p) {
      const PlanValue& other = plan_.values[p];
      const bool overlaps = other.offset < a.offset + a.bytes && a.offset < other.offset + other.bytes;
      return p != old && overlaps && !can_share(p, value);
    });
  }

  std::size_t first_gap(std::size_t value) const {
    const std::size_t bytes = aligned(plan_.values[value].bytes);
    std::size_t offset = 0;
    for (std::size_t p : placed_) {
      const PlanValue& other = plan_.values[p];
      if (other.offset + aligned(other.bytes) <= offset || can_share(p, value)) continue;
      if (other.offset >= offset + bytes) break;
      offset = other.offset + aligned(other.bytes);
    }
    return offset;
  }

  bool can_share(std::size_t a, std::size_t b) const { return dead_before(a, b) || dead_before(b, a); }

  bool dead_before(std::size_t a, std::size_t b) const {
    if (plan_.values[a].kept) return false;
    if (touches_[a].empty() || writes_[b].empty()) return true;
    if (touches_[a].back().unit >= writes_[b].front().unit) return false;
    for (const Touch& t : touches_[a])
      for (const Touch& w : writes_[b])
        if (!ancestors_.ends_before(t.unit, w.unit)) return false;
    return true;
  }

  static std::size_t aligned(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

  Plan plan_;
  Ancestors ancestors_;
  std::vector<std::vector<Touch>> touches_, writes_;
  std::vector<std::size_t> placed_;  // sorted by offset; without those that no later value can disturb
  std::vector<bool> is_placed_;
  std::vector<std::size_t> ended_below_;  // all units below it have ended when a unit of that number or above starts
  std::size_t forgotten_below_ = 0;
};

}  // namespace

Plan memory(Plan plan) {
  plan.require_schedule("memory");
  return MemoryPass(std::move(plan)).run();
}

}  // namespace backflow
