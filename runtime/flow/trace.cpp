#include <backflow/runtime/flow/trace.h>

#include <algorithm>

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

}  // namespace backflow
