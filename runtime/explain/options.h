// How an explanation is computed: the methods, and what each of them lets one choose.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <backflow/graph/enum_names.h>

namespace backflow::explain {

/// S is the logit of the class that is explained, x the image as the network reads it, x′ the baseline.
enum class Method : std::uint8_t {
  /// ∂S/∂x (Simonyan et al. 2014, https://arxiv.org/abs/1312.6034).
  saliency,
  /// The mean of ∂S/∂x over copies with Gaussian noise (Smilkov et al. 2017, https://arxiv.org/abs/1706.03825).
  smoothgrad,
  /// x · ∂S/∂x (Shrikumar et al. 2016, https://arxiv.org/abs/1605.01713).
  gradient_x_input,
  /// (x − x′) ∫₀¹ ∂S/∂x (x′ + α (x − x′)) dα (Sundararajan et al. 2017, https://arxiv.org/abs/1703.01365).
  integrated,
  /// ReLU(Σ_k α_k A_k), α_k the mean over all places of ∂S/∂A_k, for the channels A_k of a layer (Selvaraju et al.
  /// 2017, https://arxiv.org/abs/1610.02391).
  grad_cam,
  /// ∂S/∂x where what passes back through a ReLU loses its negative part (Springenberg et al. 2015,
  /// https://arxiv.org/abs/1412.6806).
  guided,
  /// S(x) − S(x with a window of the baseline), the mean over all windows that cover a pixel (Zeiler and Fergus 2014,
  /// https://arxiv.org/abs/1311.2901).
  occlusion,
  /// Σ_m P(x′ + m · (x − x′)) · m / (N · E[m]) over N random masks m, P the probability of the class (Petsiuk et al.
  /// 2018, https://arxiv.org/abs/1806.07421).
  rise,
};

/// What an image without evidence looks like.
enum class Baseline : std::uint8_t {
  mean,  // 0 where the network reads it: the mean colour of its training images
  black,
  white,
  blur,  // the image itself, blurred by a twentieth of its shorter side
};

struct ExplainOptions {
  Baseline baseline = Baseline::mean;  // of integrated, occlusion and rise
  std::int64_t steps = 64;             // integrated: points of the path, those of Gauss and Legendre
  std::int64_t samples = 50;           // smoothgrad: noisy copies
  double noise = 0.15;                 // smoothgrad: standard deviation, as a share of the image's range of values
  std::string layer;                   // grad-cam; empty: the last one that has places
  std::int64_t window = 0;             // occlusion: side in pixels; 0: an eighth of the shorter side
  std::int64_t stride = 0;             // occlusion: from window to window; 0: a quarter of the window
  std::int64_t masks = 1000;           // rise
  std::int64_t cells = 7;              // rise: along each side of a mask
  double keep = 0.5;                   // rise: the probability that a cell is seen
  std::uint64_t seed = 1;              // of noise and masks
  std::int64_t batch = 8;              // copies that the network sees at once
};

/// Throws an OptionError for the first option that is out of its range.
void check(const ExplainOptions& options);

}  // namespace backflow::explain

namespace backflow {

template <>
inline constexpr std::array<const char*, 8> kEnumNames<explain::Method>{
    "saliency", "smoothgrad", "gradient-x-input", "integrated", "grad-cam", "guided", "occlusion", "rise"};
template <>
inline constexpr std::array<const char*, 4> kEnumNames<explain::Baseline>{"mean", "black", "white", "blur"};

}  // namespace backflow
