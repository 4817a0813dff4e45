// Pass 11: values that never leave a task, because each of their tiles is made, read and gone before the task makes the
// next: the gradient of a weight whose update follows. They take no place in the arena but lie in a block of the worker
// that runs the task, in its cache.
#include <algorithm>

#include <backflow/runtime/compile/plan.h>

namespace backflow {
namespace {

class LocalPass {
 public:
  explicit LocalPass(Plan plan) : plan_(std::move(plan)), reads_(plan_.values.size()) {
    for (PlanValue& v : plan_.values)
      v.local = v.leaf == Leaf::none && !v.kept && !v.overwritten && !v.view_of && !v.layout.is_blocked();
    for (std::size_t v = 0; v < plan_.values.size(); ++v)
      if (plan_.values[v].view_of) plan_.values[plan_.base(v)].local = false;
    for (std::size_t u = 0; u < plan_.order.units.size(); ++u)
      for (std::size_t i = 0; i < tile(u).in.size(); ++i) reads_[tile(u).in[i]].push_back(bytes_of(tile(u).in_view[i]));
  }

  Plan run() {
    for (const auto& units : plan_.tasks.units) run_in_mind(units);
    for (std::size_t u = 0; u < plan_.order.units.size(); ++u)
      for (std::size_t i = 0; i < tile(u).out.size(); ++i)
        if (plan_.values[tile(u).out[i]].local) {
          const Bytes bytes = bytes_of(tile(u).out_view[i]);
          plan_.local_bytes = std::max(plan_.local_bytes, (bytes.end - bytes.begin + 63) / 64 * 64);
        }
    return std::move(plan_);
  }

 private:
  /// The tile that the worker's block holds.
  struct Held {
    std::size_t value = 0, readers = 0;
    Bytes bytes{0, 0};
  };

  const Tile& tile(std::size_t unit) const {
    return plan_.nodes[plan_.order.units[unit].node].cut[plan_.order.units[unit].tile];
  }

  void refuse(std::size_t value) { plan_.values[value].local = false; }

  /// Runs a task, and refuses what does not fit into the one block. What was refused while the block held a value stays
  /// refused when that value is refused itself, so nothing has to be run again.
  void run_in_mind(const std::vector<std::size_t>& units) {
    Held held;
    for (std::size_t u : units) {
      std::size_t ended = reads_in_mind(tile(u), held);
      for (std::size_t i = 0; i < tile(u).out.size(); ++i) {
        const std::size_t v = tile(u).out[i];
        if (!plan_.values[v].local) continue;
        if (held.readers > ended) {  // the one that stays longer goes
          refuse(held.value);
          held = {}, ended = 0;
        }
        const Bytes bytes = bytes_of(tile(u).out_view[i]);
        const std::size_t readers = readers_of(v, bytes);
        if (held.readers > 0 || readers == 0)
          refuse(v);
        else if (plan_.values[v].local)
          held = {v, readers, bytes};
      }
      held.readers -= ended;
    }
    if (held.readers > 0) refuse(held.value);
  }

  /// How many reads of the block end with the tile.
  std::size_t reads_in_mind(const Tile& tile, Held& held) {
    std::size_t ended = 0;
    for (std::size_t i = 0; i < tile.in.size(); ++i) {
      const std::size_t v = tile.in[i];
      if (!plan_.values[v].local) continue;
      const Bytes bytes = bytes_of(tile.in_view[i]);
      if (held.readers > ended && held.value == v && held.bytes.begin == bytes.begin && held.bytes.end == bytes.end) {
        ++ended;
        continue;
      }
      refuse(v);
      if (held.value == v) held = {}, ended = 0;
    }
    return ended;
  }

  std::size_t readers_of(std::size_t value, const Bytes& bytes) const {
    return static_cast<std::size_t>(std::count_if(reads_[value].begin(), reads_[value].end(), [&](const Bytes& r) {
      return r.begin < bytes.end && bytes.begin < r.end;
    }));
  }

  Plan plan_;
  std::vector<std::vector<Bytes>> reads_;  // of each value
};

}  // namespace

Plan local(Plan plan) {
  plan.require_schedule("local");
  return LocalPass(std::move(plan)).run();
}

}  // namespace backflow
