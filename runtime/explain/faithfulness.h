// How faithful a map is to its network: the scores by deletion and insertion of Petsiuk et al. 2018,
// https://arxiv.org/abs/1806.07421.
#pragma once

#include <cstdint>
#include <vector>

namespace backflow::explain {

struct Curve {
  std::vector<double> probability;  // of the class, after 0, 1, … steps
  double area = 0;                  // below the curve, by trapezoids, as a share of all: 0 … 1
};

struct Faithfulness {
  /// The pixels that count most go first, and what stays in their place is 0 where the network reads it. Low is good.
  Curve deletion;
  /// The pixels that count most come first, into a blurred copy of the image. High is good.
  Curve insertion;
};

/// A map of chance, to compare scores with: uniform numbers [height · width], the same for the same seed and number.
std::vector<float> random_map(std::int64_t height, std::int64_t width, std::uint64_t seed, std::uint32_t number = 0);

/// How much two maps of the same pixels agree: Spearman's rank correlation of their absolute values, −1 … 1, as in
/// the sanity checks of Adebayo et al. 2018, https://arxiv.org/abs/1810.03292. Equal numbers share their mean rank; a
/// map of one number correlates with nothing: 0. Throws an Error if the lengths differ.
double rank_correlation(const std::vector<float>& a, const std::vector<float>& b);

}  // namespace backflow::explain
