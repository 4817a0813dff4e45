// Certified radii by randomised smoothing: no attack within them changes the class, whatever it is.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include <backflow/runtime/attack/attack.h>

namespace backflow::attack {

struct CertifyOptions {
  float sigma = 0.25F;           // standard deviation of the noise on pixels in 0 … 1
  std::int64_t copies = 10'000;  // noisy ones of a sample, whose classes are counted
  std::int64_t selection = 100;  // noisy ones before, which say which class is tested
  double alpha = 0.001;          // the probability that a radius is too large
  std::uint64_t seed = 1;
  /// Called after each batch of noisy copies; what it throws ends it.
  std::function<void(std::size_t copies)> after_batch = {};
};

files::OptionTable table(CertifyOptions& options);
void check(const CertifyOptions& options);

/// Of one sample. The smoothed classifier says, of noisy copies N(x, σ²), the class that the network says most often.
struct Certificate {
  std::optional<std::int32_t> prediction;  // nothing: it abstains
  double radius = 0;                       // in the norm l2, with confidence 1 − alpha
  std::int64_t votes = 0;                  // copies that got the tested class
};

/// Cohen, Rosenfeld and Kolter 2019 (arXiv:1902.02918), CERTIFY: σ Φ⁻¹(p), p the lower bound of Clopper and Pearson
/// 1934 for the share of the class, at confidence 1 − alpha; nothing where p ≤ 1/2.
std::optional<double> certified_radius(std::int64_t votes, std::int64_t copies, double alpha, double sigma);

/// Of each sample, a pure function of network, sample, its number and the options: same bits at any number of threads.
/// The network gets victim.batch() copies at once. Noisy copies are not cut to 0 … 1.
std::vector<Certificate> certify(Victim& victim, const Samples& samples, const CertifyOptions& options = {});

/// Of certificates beside the true classes.
struct Certified {
  std::size_t right = 0, abstained = 0;
  double mean_radius = 0;              // 0 where wrong or abstained (Zhai et al. 2020, arXiv:2001.02378)
  std::vector<double> radii;           // 0, 0.25 σ, 0.5 σ, …
  std::vector<std::size_t> certified;  // right with at least that radius
};
Certified summary(std::span<const Certificate> certificates, std::span<const std::int32_t> labels, double sigma);

}  // namespace backflow::attack
