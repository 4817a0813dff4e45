#include <backflow/runtime/flow/trace.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace backflow {

const std::string* Trace::keep(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  return &*names_.insert(name).first;
}

std::uint32_t Trace::track(const std::string& name) {
  const std::string* kept = keep(name);
  const std::scoped_lock lock(mutex_);
  const auto found = std::find(tracks_.begin(), tracks_.end(), kept);
  const auto number = static_cast<std::uint32_t>(found - tracks_.begin());
  if (found == tracks_.end()) tracks_.push_back(kept);
  return number;
}

void Trace::mark(const std::string& name, std::int64_t begin, std::uint32_t track) {
  const std::string* kept = keep(name);
  const std::int64_t end = now();
  const std::scoped_lock lock(mutex_);
  marks_.push_back({kept, ++marks_of_[{kept, track}], 3, begin, end, track});
}

std::string Trace::summary() const {
  std::map<std::string, double> of_node;
  double all = 0, primitives = 0;
  for (const auto& worker : events_)
    for (const TraceEvent& e : worker) {
      if (e.role > 2) continue;
      const double seconds = static_cast<double>(e.end - e.begin) * 1e-9;
      of_node[*e.name] += seconds;
      all += seconds;
      primitives += e.primitive ? seconds : 0;
    }
  if (all == 0) return "no node has run";
  std::vector<std::pair<std::string, double>> dearest(of_node.begin(), of_node.end());
  std::stable_sort(dearest.begin(), dearest.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text =
      fmt::format("nodes took {:.3g} s of core time, {:.0f} % of it in oneDNN primitives, {:.0f} % in own loops", all,
                  100 * primitives / all, 100 * (all - primitives) / all);
  const char* separator = "; dearest: ";
  for (std::size_t i = 0; i < std::min<std::size_t>(3, dearest.size()); ++i)
    text +=
        fmt::format("{}{} {:.0f} %", std::exchange(separator, ", "), dearest[i].first, 100 * dearest[i].second / all);
  return text;
}

}  // namespace backflow
