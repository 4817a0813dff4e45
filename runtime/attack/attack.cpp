#include <backflow/runtime/attack/attack.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/runtime/attack/carlini_wagner.h>
#include <backflow/runtime/attack/deepfool.h>
#include <backflow/runtime/attack/fgsm.h>
#include <backflow/runtime/attack/mim.h>
#include <backflow/runtime/attack/pgd.h>
#include <backflow/runtime/attack/square.h>

namespace backflow::attack {

Samples chosen(const Samples& samples, std::span<const std::size_t> which) {
  Samples result{.image = samples.image, .pixels = {}, .labels = {}};
  for (const std::size_t i : which) {
    require(i < samples.size(), "[attack] there is no sample ", i, ", there are ", samples.size());
    const auto picture = samples.picture(i);
    result.pixels.insert(result.pixels.end(), picture.begin(), picture.end());
    result.labels.push_back(samples.labels[i]);
    result.numbers.push_back(samples.number(i));
  }
  return result;
}

void check(const Samples& s) {
  require(s.pixels.size() == s.size() * s.length() && (s.numbers.empty() || s.numbers.size() == s.size()), "[attack] ",
          s.size(), " classes need as many images ", to_string(s.image), ", got ", s.pixels.size(), " pixels");
  for (std::size_t i = 0; i < s.pixels.size(); ++i)
    require(s.pixels[i] >= 0 && s.pixels[i] <= 1, "[attack] sample ", i / s.length(), " has the pixel ", s.pixels[i],
            ", expected 0 … 1");
}

std::size_t Found::count() const {
  return static_cast<std::size_t>(std::count(fooled.begin(), fooled.end(), std::uint8_t{1}));
}

files::OptionTable table(AttackOptions& o) {
  return {
      {"steps", &o.steps, "of pgd, mim, deepfool, cw; 0: 50, 20, 50, 100", {0, 1'000'000}},
      {"restarts", &o.restarts, "of pgd, mim and square", {1, 1000}},
      {"rate", &o.rate, "length of a step as a share of eps; 0: 2.5 / steps, of mim 1 / steps", {0, 10}},
      {"random_start", &o.random_start, "of pgd: begin anywhere in the ball, not at the sample"},
      {"momentum", &o.momentum, "of mim", {0, 10}},
      {"overshoot", &o.overshoot, "of deepfool", {0, 10}},
      {"candidates", &o.candidates, "of deepfool: classes with the largest logits that it looks at", {2, 1000}},
      {"confidence", &o.confidence, "of cw: margin of the other class", {0, 1e6}},
      {"searches", &o.searches, "of cw: constants that are tried", {1, 100}},
      {"learning_rate", &o.learning_rate, "of cw", files::above(0)},
      {"share", &o.share, "of square: the part of the pixels that the first squares cover", {1e-6, 1}},
      {"seed", &o.seed, "of all random numbers"},
  };
}

void check(const AttackOptions& options) {
  AttackOptions o = options;
  files::check(table(o), "[attack] ");
}

bool supports(Method method, Norm norm) { return method != Method::cw || norm == Norm::l2; }

std::int64_t usual_steps(Method method) {
  switch (method) {
    case Method::fgsm:
      return 1;
    case Method::pgd:
      return 50;
    case Method::mim:
      return 20;
    case Method::deepfool:
      return 50;
    case Method::cw:
      return 100;
    case Method::square:
      return 1000;
  }
  return 1;
}

Found attack(Victim& victim, const Samples& samples, const Threat& threat, Method method,
             const AttackOptions& options) {
  require(supports(method, threat.norm), "[attack] ", name_of(method), " is an attack for the norm l2");
  switch (method) {
    case Method::fgsm:
      return fgsm(victim, samples, threat, options);
    case Method::pgd:
      return pgd(victim, samples, threat, options);
    case Method::mim:
      return mim(victim, samples, threat, options);
    case Method::deepfool:
      return deepfool(victim, samples, threat, options);
    case Method::cw:
      return carlini_wagner(victim, samples, threat, options);
    case Method::square:
      return square(victim, samples, threat, options);
  }
  fail("[attack] there is no such method");
}

}  // namespace backflow::attack
