#include <backflow/runtime/compile/ancestors.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace backflow {

Ancestors::Ancestors(const Order& order) {
  for (std::size_t u = 0; u < order.units.size(); ++u) {
    places_.push_back(next_place(order.before[u], u));
    sets_.push_back(united(order.before[u], u));
  }
  std::unordered_map<const Set*, std::size_t> known;
  for (std::size_t u = 0; u < sets_.size(); ++u) {
    const auto [found, is_new] = known.try_emplace(sets_[u].get());
    if (is_new) found->second = first_without(*sets_[u], places_[u].chain);
    ended_below_.push_back(std::min(u, found->second));
  }
}

/// Behind the last unit of a chain that it waits for, or at the start of a new chain.
Ancestors::Place Ancestors::next_place(const std::vector<std::size_t>& before, std::size_t unit) {
  for (auto b = before.rbegin(); b != before.rend(); ++b) {
    auto& chain = chains_[places_[*b].chain];
    if (chain.back() != *b) continue;
    chain.push_back(static_cast<std::uint32_t>(unit));
    return {places_[*b].chain, places_[*b].position + 1};
  }
  chains_.push_back({static_cast<std::uint32_t>(unit)});
  gathered_.push_back(0);
  return {static_cast<std::uint32_t>(chains_.size() - 1), 0};
}

std::shared_ptr<const Ancestors::Set> Ancestors::united(const std::vector<std::size_t>& before, std::size_t unit) {
  const std::uint32_t own = places_[unit].chain;
  if (before.size() == 1 && places_[before[0]].chain == own) return sets_[before[0]];
  std::vector<std::uint32_t> touched;
  const auto gather = [&](std::uint32_t chain, std::uint32_t count) {
    if (chain == own) return;
    if (gathered_[chain] == 0) touched.push_back(chain);
    gathered_[chain] = std::max(gathered_[chain], count);
  };
  for (std::size_t b : before) {
    gather(places_[b].chain, places_[b].position + 1);
    for (const Reach& r : *sets_[b]) gather(r.chain, r.count);
  }
  std::sort(touched.begin(), touched.end());
  Set set;
  for (std::uint32_t chain : touched) set.push_back({chain, std::exchange(gathered_[chain], 0)});
  return std::make_shared<const Set>(std::move(set));
}

bool Ancestors::ends_before(std::size_t earlier, std::size_t later) const {
  const auto [chain, position] = places_[earlier];
  if (chain == places_[later].chain) return position < places_[later].position;
  const Set& set = *sets_[later];
  const auto found =
      std::lower_bound(set.begin(), set.end(), chain, [](const Reach& r, auto c) { return r.chain < c; });
  return found != set.end() && found->chain == chain && position < found->count;
}

std::vector<std::size_t> Ancestors::without_waited_for(const std::vector<std::size_t>& before) const {
  std::vector<Reach> waited_for;
  for (std::size_t b : before) {
    waited_for.push_back({places_[b].chain, places_[b].position});
    waited_for.insert(waited_for.end(), sets_[b]->begin(), sets_[b]->end());
  }
  std::sort(waited_for.begin(), waited_for.end(), [](const Reach& a, const Reach& b) {
    return a.chain != b.chain ? a.chain < b.chain : a.count > b.count;  // the longest first
  });
  std::vector<std::size_t> result;
  for (std::size_t b : before) {
    const auto longest = std::lower_bound(waited_for.begin(), waited_for.end(), places_[b].chain,
                                          [](const Reach& r, auto c) { return r.chain < c; });
    if (longest->count <= places_[b].position) result.push_back(b);
  }
  return result;
}

/// Chains are in the order of their first units, so of those that are missing in the set the first counts.
std::size_t Ancestors::first_without(const Set& set, std::uint32_t own) const {
  std::size_t result = sets_.size();
  std::uint32_t next = 0;
  const auto see = [&](const Reach& r) {
    for (; next < r.chain; ++next)
      if (next != own) {
        result = std::min<std::size_t>(result, chains_[next][0]);
        break;
      }
    next = r.chain + 1;
    if (r.count < chains_[r.chain].size()) result = std::min<std::size_t>(result, chains_[r.chain][r.count]);
  };
  for (const Reach& r : set) see(r);
  while (next < chains_.size() && next == own) ++next;
  return next < chains_.size() ? std::min<std::size_t>(result, chains_[next][0]) : result;
}

}  // namespace backflow
