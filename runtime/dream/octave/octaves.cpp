#include <backflow/runtime/dream/octave/octaves.h>

#include <algorithm>
#include <cmath>

namespace backflow::dream {

std::vector<Octave> octaves_of(const DreamOptions& o) {
  std::vector<Octave> result;
  for (std::int64_t k = 0; k < o.octaves; ++k) {
    const double smaller = std::pow(o.octave_scale, static_cast<double>(o.octaves - 1 - k));
    auto length = [&](std::int64_t full) {
      return std::max<std::int64_t>(1, std::llround(static_cast<double>(full) / smaller));
    };
    const Octave octave{length(o.height), length(o.width), o.steps * k / o.octaves, o.steps * (k + 1) / o.octaves};
    if (!result.empty() && result.back().height == octave.height && result.back().width == octave.width)
      result.back().end = octave.end;
    else
      result.push_back(octave);
  }
  return result;
}

}  // namespace backflow::dream
