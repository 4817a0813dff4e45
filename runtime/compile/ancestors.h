// Which units end before a unit starts, whatever the scheduling. Internal to runtime/compile/.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <backflow/runtime/compile/plan.h>

namespace backflow {

/// For each unit the set of all units that end before it starts. Units are covered by chains, in which each waits for
/// the one before; a set is how much of each chain it has (Jagadish 1990, "A compression technique to materialize
/// transitive closure"). Memory grows with the units and how many of them can run at once, not with the units' square.
class Ancestors {
 public:
  explicit Ancestors(const Order& order);

  bool ends_before(std::size_t earlier, std::size_t later) const;
  /// Of the units `before` that a unit waits for, those that none of the others waits for.
  std::vector<std::size_t> without_waited_for(const std::vector<std::size_t>& before) const;
  /// All units below this number have ended when `unit` starts.
  std::size_t ended_below(std::size_t unit) const { return ended_below_[unit]; }

 private:
  /// The first `count` units of a chain.
  struct Reach {
    std::uint32_t chain, count;
  };
  struct Place {
    std::uint32_t chain, position;
  };
  using Set = std::vector<Reach>;  // sorted by chain

  std::shared_ptr<const Set> united(const std::vector<std::size_t>& before, std::size_t unit);
  /// The first unit outside the set and the chain `own`.
  std::size_t first_without(const Set& set, std::uint32_t own) const;
  Place next_place(const std::vector<std::size_t>& before, std::size_t unit);

  std::vector<Place> places_;
  std::vector<std::shared_ptr<const Set>> sets_;  // of each unit, without its own chain; shared along a chain
  std::vector<std::vector<std::uint32_t>> chains_;
  std::vector<std::size_t> ended_below_;
  std::vector<std::uint32_t> gathered_;  // of each chain, while a set is made; else 0
};

}  // namespace backflow
