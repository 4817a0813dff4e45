// Which tile must wait for which: a tile waits for the tiles that write what it reads, and one that overwrites a
// parameter waits for all that still read it.
#include <algorithm>

#include <backflow/runtime/compile/plan.h>

namespace backflow {
namespace {

class OrderPass {
 public:
  explicit OrderPass(const Plan& plan) : plan_(plan), writes_(plan.values.size()), reads_(plan.values.size()) {}

  Order run() {
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n)
      for (std::size_t t = 0; t < plan_.nodes[n].cut.size(); ++t) visit({n, t});
    return std::move(order_);
  }

 private:
  void visit(Unit unit) {
    const Tile& tile = plan_.nodes[unit.node].cut[unit.tile];
    const std::size_t id = order_.units.size();
    std::vector<std::size_t> before;
    for (std::size_t i = 0; i < tile.in.size(); ++i) {
      const Bytes bytes = bytes_of(tile.in_view[i]);
      wait(before, writes_[plan_.base(tile.in[i])], bytes);
      reads_[plan_.base(tile.in[i])].push_back({id, bytes});
    }
    for (std::size_t v : plan_.nodes[unit.node].after)
      for (const Touch& t : writes_[v]) before.push_back(t.unit);
    for (std::size_t i = 0; i < tile.out.size(); ++i) {
      const Bytes bytes = bytes_of(tile.out_view[i]);
      if (auto old = plan_.values[tile.out[i]].overwritten) wait(before, reads_[*old], bytes);
      writes_[tile.out[i]].push_back({id, bytes});
    }
    std::erase(before, id);
    std::sort(before.begin(), before.end());
    before.erase(std::unique(before.begin(), before.end()), before.end());
    order_.units.push_back(unit);
    order_.before.push_back(std::move(before));
  }

  static void wait(std::vector<std::size_t>& before, const std::vector<Touch>& touches, const Bytes& bytes) {
    for (const Touch& t : touches)
      if (t.bytes.begin < bytes.end && bytes.begin < t.bytes.end) before.push_back(t.unit);
  }

  const Plan& plan_;
  Order order_;
  std::vector<std::vector<Touch>> writes_, reads_;
};

}  // namespace

/// The outermost axis along which a view is cut alone bounds its bytes; cuts further inside are passed over.
Bytes bytes_of(const View& view) {
  const std::size_t size = size_of(view.whole.type);
  const Bytes all{0, static_cast<std::size_t>(physical_elements(view.whole.shape, view.layout)) * size};
  for (std::size_t a = 0; a < view.shape.size(); ++a) {
    if (view.shape[a] == view.whole.shape[a] || !is_outermost(view.whole.shape, view.layout, a)) continue;
    View slab = view;
    for (std::size_t i = 0; i < view.shape.size(); ++i)
      if (i != a) slab.begin[i] = 0, slab.shape[i] = view.whole.shape[i];
    const std::size_t begin = slab.offset();
    return {begin, begin + static_cast<std::size_t>(physical_elements(slab.shape, view.layout)) * size};
  }
  return all;
}

Order order_of(const Plan& plan) { return OrderPass(plan).run(); }

}  // namespace backflow
