// Proves, without looking at how it was made, that a plan's memory is right whatever the threads do: tiles that touch
// the same bytes and of which one writes are ordered, and in that order every tile finds the value that it reads.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <backflow/graph/error.h>
#include <backflow/runtime/compile/plan.h>

namespace backflow::memory_proof {

class Checker {
 public:
  explicit Checker(const Plan& plan) : plan_(plan), order_(order_of(plan)) {
    for (std::size_t u = 0; u < order_.units.size(); ++u) collect(u);
  }

  /// One sentence for each thing that is wrong.
  std::set<std::string> run() {
    find_paths();
    for (std::size_t a = 0; a < touches_.size(); ++a)
      for (std::size_t b = a + 1; b < touches_.size(); ++b) check_pair(touches_[a], touches_[b]);
    simulate();
    simulate_local();
    return std::move(wrong_);
  }

 private:
  struct Touch {
    std::size_t unit, value, argument;
    bool write;
    std::size_t space;       // 0: the arena; else a leaf's own memory
    std::size_t begin, end;  // bytes in it
  };

  const PlanNode& node(std::size_t unit) const { return plan_.nodes[order_.units[unit].node]; }

  void collect(std::size_t u) {
    const Tile& tile = node(u).cut[order_.units[u].tile];
    for (std::size_t i = 0; i < tile.in.size(); ++i) add(u, tile.in[i], i, tile.in_view[i], false);
    for (std::size_t i = 0; i < tile.out.size(); ++i) add(u, tile.out[i], i, tile.out_view[i], true);
  }

  void add(std::size_t u, std::size_t value, std::size_t argument, const View& view, bool write) {
    value = plan_.base(value);
    if (plan_.values[value].local) return;  // simulate_local()
    std::size_t root = value;
    while (plan_.values[root].overwritten) root = *plan_.values[root].overwritten;
    const bool is_leaf = plan_.values[root].leaf != Leaf::none;
    const std::size_t base = is_leaf ? 0 : plan_.values[value].offset;
    const Bytes bytes = bytes_of(view);
    touches_.push_back({u, value, argument, write, is_leaf ? root + 1 : 0, base + bytes.begin, base + bytes.end});
    if (!is_leaf && base + bytes.end > plan_.arena_bytes) report(value, value, "lies outside the arena");
  }

  void find_paths() {
    const std::size_t n = order_.units.size();
    after_.assign(n, std::vector<bool>(n));
    for (std::size_t u = 0; u < n; ++u)
      for (std::size_t b : order_.before[u]) {
        if (b >= u) wrong_.insert("units are not in topological order");
        after_[u][b] = true;
        for (std::size_t k = 0; k < n; ++k)
          if (after_[b][k]) after_[u][k] = true;
      }
  }

  void check_pair(const Touch& a, const Touch& b) {
    if (a.space != b.space || a.end <= b.begin || b.end <= a.begin || (!a.write && !b.write)) return;
    if (a.unit == b.unit) return check_in_place(a, b);
    if (a.value == b.value && a.write && b.write) return;  // two tiles write their own parts
    if (a.value == b.value) {
      const Touch &writer = a.write ? a : b, &reader = a.write ? b : a;
      if (!after_[reader.unit][writer.unit]) report(a.value, b.value, "can be read before it is written");
    } else if (!after_[a.unit][b.unit] && !after_[b.unit][a.unit]) {
      report(a.value, b.value, "can be touched at the same time");
    }
  }

  /// One tile may write where it reads only if its op says so, and only the very same bytes.
  void check_in_place(const Touch& a, const Touch& b) {
    if (a.value == b.value || (a.write && b.write)) return report(a.value, b.value, "are written by one tile");
    const Touch &out = a.write ? a : b, &in = a.write ? b : a;
    const Op& op = *node(a.unit).op;
    const auto allowed = op.overwrites(out.argument) ? op.overwrites(out.argument) : op.may_overwrite(out.argument);
    if (allowed != in.argument || in.begin != out.begin || in.end != out.end)
      report(in.value, out.value, "must not share memory inside a tile");
  }

  /// Runs one allowed order on memory that remembers which value lies where.
  void simulate() {
    std::map<std::size_t, std::vector<std::size_t>> memory;
    memory[0].assign(plan_.arena_bytes, plan_.values.size());
    for (const Touch& t : touches_) {
      auto& bytes = memory[t.space];
      if (bytes.size() < t.end) bytes.resize(t.end, t.space - 1);
      for (std::size_t i = t.begin; i < t.end; ++i)
        if (t.write)
          bytes[i] = t.value;
        else if (bytes[i] != t.value)
          return report(t.value, bytes[i], "is gone when it is read");
    }
    for (const auto& [name, value] : plan_.outputs) {
      const std::size_t base = plan_.base(value);
      const PlanValue& v = plan_.values[base];
      if (v.leaf != Leaf::none || v.overwritten) continue;
      for (std::size_t i = v.offset; i < v.offset + v.bytes; ++i)
        if (memory[0][i] != base) return report(base, memory[0][i], "is gone after the run");
    }
  }

  /// Runs each task on a block that remembers which tile of which value it holds.
  void simulate_local() {
    for (const auto& units : tasks_of(plan_, order_).units) {
      std::size_t holds = plan_.values.size();
      Bytes held{0, 0};
      for (std::size_t u : units) {
        const Tile& tile = node(u).cut[order_.units[u].tile];
        bool used = false;
        for (std::size_t i = 0; i < tile.in.size(); ++i) {
          if (!plan_.values[tile.in[i]].local) continue;
          const Bytes b = bytes_of(tile.in_view[i]);
          if (holds != tile.in[i] || b.begin != held.begin || b.end != held.end)
            report(tile.in[i], holds, "is gone when it is read");
          used = true;
        }
        for (std::size_t i = 0; i < tile.out.size(); ++i) {
          if (!plan_.values[tile.out[i]].local) continue;
          if (used) report(tile.out[i], holds, "must not share memory inside a tile");
          holds = tile.out[i];
          held = bytes_of(tile.out_view[i]);
          if (held.end - held.begin > plan_.local_bytes) report(holds, holds, "does not fit");
          used = true;
        }
      }
    }
  }

  void report(std::size_t a, std::size_t b, const std::string& what) {
    auto name = [&](std::size_t v) { return v < plan_.values.size() ? plan_.values[v].name : "nothing"; };
    wrong_.insert(str_cat(name(a), " (", name(b), ") ", what));
  }

  const Plan& plan_;
  Order order_;
  std::vector<Touch> touches_;  // in the order of the units, reads before writes
  std::vector<std::vector<bool>> after_;
  std::set<std::string> wrong_;
};

inline std::set<std::string> violations(const Plan& plan) { return Checker(plan).run(); }

}  // namespace backflow::memory_proof
