#include <backflow/runtime/attack/certify.h>

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>

#include <backflow/graph/error.h>
#include <backflow/graph/random.h>

namespace backflow::attack {
namespace {

constexpr double kRadiusStep = 0.25;  // of a summary, in sigmas

/// How often the network says each class of noisy copies of one sample.
class Votes {
 public:
  Votes(Victim& victim, const Samples& samples, const CertifyOptions& o)
      : victim_(victim), samples_(samples), o_(o), keys_(4 * static_cast<std::size_t>(victim.batch())) {}

  /// Of copies `first` … first + count − 1 of sample i; from one call for a sample to the next the copies go on.
  std::vector<std::int64_t> count(std::size_t i, std::int64_t first, std::int64_t count) {
    const auto picture = samples_.picture(i);
    for (std::int64_t b = 0; b < victim_.batch(); ++b)
      std::copy(picture.begin(), picture.end(),
                victim_.pixels().begin() + b * static_cast<std::ptrdiff_t>(picture.size()));
    std::vector<std::int64_t> votes(static_cast<std::size_t>(victim_.classes()));
    for (std::int64_t done = 0; done < count; done += victim_.batch()) {
      write_noise_keys(samples_.number(i), first + done);
      const auto logits = victim_.noisy_logits(keys_, o_.sigma);
      const std::int64_t copies = std::min(victim_.batch(), count - done);
      for (std::int64_t b = 0; b < copies; ++b)
        ++votes[static_cast<std::size_t>(
            predicted_class(logits.subspan(static_cast<std::size_t>(b) * votes.size(), votes.size())))];
      if (o_.after_batch) o_.after_batch(static_cast<std::size_t>(copies));
    }
    return votes;
  }

 private:
  void write_noise_keys(std::uint32_t sample, std::int64_t copy) {
    const std::uint32_t stream = stream_of("certify " + std::to_string(sample));
    for (std::size_t b = 0; b < keys_.size() / 4; ++b) {
      keys_[4 * b] = static_cast<std::int32_t>(static_cast<std::uint32_t>(o_.seed));
      keys_[4 * b + 1] = static_cast<std::int32_t>(static_cast<std::uint32_t>(o_.seed >> 32));
      keys_[4 * b + 2] = static_cast<std::int32_t>(stream);
      keys_[4 * b + 3] = static_cast<std::int32_t>(copy + static_cast<std::int64_t>(b));
    }
  }

  Victim& victim_;
  const Samples& samples_;
  const CertifyOptions& o_;
  std::vector<std::int32_t> keys_;  // [batch, 4]
};

}  // namespace

files::OptionTable table(CertifyOptions& o) {
  return {
      {"sigma", &o.sigma, "standard deviation of the noise", files::above(0)},
      {"copies", &o.copies, "noisy ones of a sample, whose classes are counted", {1, 10'000'000}},
      {"selection", &o.selection, "noisy ones that choose the class", {1, 1'000'000}},
      {"alpha", &o.alpha, "probability that a radius is too large", {1e-12, 0.5}},
      {"seed", &o.seed, "of the noise"},
  };
}

void check(const CertifyOptions& options) {
  CertifyOptions o = options;
  files::check(table(o), "[certify] ");
}

std::optional<double> certified_radius(std::int64_t votes, std::int64_t copies, double alpha, double sigma) {
  using boost::math::binomial_distribution;
  require(copies >= 1 && votes >= 0 && votes <= copies, "[certify] ", votes, " of ", copies, " copies cannot be");
  const double p =
      binomial_distribution<>::find_lower_bound_on_p(static_cast<double>(copies), static_cast<double>(votes), alpha,
                                                     binomial_distribution<>::clopper_pearson_exact_interval);
  if (!(p > 0.5)) return std::nullopt;
  return sigma * boost::math::quantile(boost::math::normal(), p);
}

std::vector<Certificate> certify(Victim& victim, const Samples& samples, const CertifyOptions& o) {
  check(o);
  check(samples);
  require(samples.image == victim.image(), "[certify] images are ", to_string(samples.image), ", the network reads ",
          to_string(victim.image()));
  Votes votes(victim, samples, o);
  std::vector<Certificate> result;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto chosen = votes.count(i, 0, o.selection);
    const auto best = static_cast<std::size_t>(std::max_element(chosen.begin(), chosen.end()) - chosen.begin());
    Certificate c{.votes = votes.count(i, o.selection, o.copies)[best]};
    if (const auto radius = certified_radius(c.votes, o.copies, o.alpha, o.sigma)) {
      c.prediction = static_cast<std::int32_t>(best);
      c.radius = *radius;
    }
    result.push_back(c);
  }
  return result;
}

Certified summary(std::span<const Certificate> certificates, std::span<const std::int32_t> labels, double sigma) {
  require(certificates.size() == labels.size(), "[certify] ", certificates.size(),
          " certificates need as many classes, got ", labels.size());
  Certified result;
  double largest = 0;
  std::vector<double> right;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!certificates[i].prediction) ++result.abstained;
    if (certificates[i].prediction != labels[i]) continue;
    right.push_back(certificates[i].radius);
    result.mean_radius += certificates[i].radius;
    largest = std::max(largest, certificates[i].radius);
  }
  result.right = right.size();
  result.mean_radius /= static_cast<double>(std::max<std::size_t>(1, labels.size()));
  for (std::int64_t k = 0; static_cast<double>(k) * kRadiusStep * sigma <= largest; ++k) {
    const double radius = static_cast<double>(k) * kRadiusStep * sigma;
    result.radii.push_back(radius);
    result.certified.push_back(
        static_cast<std::size_t>(std::count_if(right.begin(), right.end(), [&](double r) { return r >= radius; })));
  }
  return result;
}

}  // namespace backflow::attack
