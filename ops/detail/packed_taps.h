// The taps of all elements behind each other, so that a kernel reads them in order. Internal to ops/.
#pragma once

#include <backflow/ops/taps.h>

namespace backflow {

struct PackedTaps {
  std::vector<std::size_t> begin;  // of each element's taps; one more at the end
  std::vector<Taps::Tap> taps;

  explicit PackedTaps(const Taps& t) {
    for (const auto& element : t.of) {
      begin.push_back(taps.size());
      taps.insert(taps.end(), element.begin(), element.end());
    }
    begin.push_back(taps.size());
  }
  std::size_t size() const { return begin.size() - 1; }
};

}  // namespace backflow
