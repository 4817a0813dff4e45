#include "examples/apps/attack/attack_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include <backflow/graph/error.h>
#include <backflow/runtime/attack/threat.h>
#include <backflow/runtime/image/grid.h>
#include <backflow/runtime/image/png.h>

namespace backflow {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kTriple = 3, kTriplesInRow = 3;

double share_of(std::size_t count, std::size_t all) {
  return static_cast<double>(count) / static_cast<double>(std::max<std::size_t>(1, all));
}

/// With the fewest digits: 0.1, not 0.10000000149.
std::string radius_text(Norm norm, float epsilon) {
  return attack::to_string({norm, epsilon}).substr(name_of(norm).size() + 1);
}

Json shares(const std::vector<std::size_t>& counts, std::size_t all) {
  Json list = Json::array();
  for (const std::size_t n : counts) list.push_back(share_of(n, all));
  return list;
}

image::Image image_of_pixels(std::span<const float> pixels, const Shape& shape) {
  models::InputSpec input = models::default_input(shape[0], shape[1], shape[2]);
  std::fill(input.mean.begin(), input.mean.end(), 0.0F);
  std::fill(input.stddev.begin(), input.stddev.end(), 1.0F);
  return image::visible(models::from_input(pixels, static_cast<int>(shape[2]), static_cast<int>(shape[1]), input));
}

/// Grey where nothing changed; the largest change is black or white.
std::vector<float> stretched_difference(std::span<const float> a, std::span<const float> b) {
  float largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  std::vector<float> result(a.size(), 0.5F);
  if (largest > 0)
    for (std::size_t i = 0; i < a.size(); ++i) result[i] += (a[i] - b[i]) / largest / 2;
  return result;
}

Json certified_json(const AttackResults& results, const AttackData& data, const attack::CertifyOptions& o) {
  const attack::Certified c = attack::summary(results.certificates, data.samples.labels, o.sigma);
  return {{"norm", "l2"},
          {"sigma", std::stod(fmt::format("{}", o.sigma))},
          {"confidence", 1 - o.alpha},
          {"accuracy", share_of(c.right, data.samples.size())},
          {"abstained", c.abstained},
          {"mean_radius", c.mean_radius},
          {"radii", c.radii},
          {"certified_accuracy", shares(c.certified, data.samples.size())}};
}

}  // namespace

std::string AttackReport::class_name(std::int32_t label) const {
  const auto index = static_cast<std::size_t>(label);
  return index < data_.class_names.size() ? data_.class_names[index] : std::to_string(label);
}

std::string AttackReport::text() const {
  const std::size_t all = data_.samples.size();
  std::string text = settings_.data.empty() ? fmt::format("{} photos; right is what the network sees in them\n", all)
                                            : fmt::format("{} samples of {}; right without an attack: {:.1f} %\n", all,
                                                          settings_.data, 100 * share_of(results_.right, all));
  if (results_.robustness) text += robustness_text();
  if (!results_.sanity.empty()) text += sanity_text();
  if (settings_.certify) text += certified_text();
  return text;
}

std::string AttackReport::robustness_text() const {
  const attack::Robustness& r = *results_.robustness;
  std::string text = fmt::format("\nstay right, % of all, {}\n{:10}", name_of(settings_.norm), "eps");
  for (const float e : r.epsilons) text += fmt::format(" {:>9.9}", radius_text(settings_.norm, e));
  text += '\n';
  const auto line = [&](const std::string& name, const std::vector<std::size_t>& counts) {
    text += fmt::format("{:10}", name);
    for (const std::size_t n : counts) text += fmt::format(" {:9.1f}", 100 * share_of(n, data_.samples.size()));
    text += '\n';
  };
  for (std::size_t m = 0; m < r.methods.size(); ++m) line(name_of(r.methods[m]), r.robust[m]);
  if (r.methods.size() > 1) line("strongest", r.strongest);
  return text;
}

std::string AttackReport::sanity_text() const {
  std::string text = fmt::format("\nwhether the attacks work, on {} samples, eps {}\n", results_.checked,
                                 radius_text(settings_.norm, settings_.epsilons.back()));
  for (const attack::SanityCheck& check : results_.sanity)
    text += fmt::format("{:8} {}\n         {}\n", check.holds ? "ok" : "FAILS", check.claim, check.figures);
  return text;
}

std::string AttackReport::certified_text() const {
  const attack::CertifyOptions& o = *settings_.certify;
  const std::size_t all = data_.samples.size();
  const attack::Certified c = attack::summary(results_.certificates, data_.samples.labels, o.sigma);
  std::string text = fmt::format(
      "\ncertified by smoothing, sigma {}, l2, confidence {:.6g} %\nright {:.1f} %, abstained {} of {}, mean radius "
      "{:.3f}\n"
      "radius     certified %\n",
      o.sigma, 100 * (1 - o.alpha), 100 * share_of(c.right, all), c.abstained, all, c.mean_radius);
  for (std::size_t i = 0; i < c.radii.size(); ++i)
    text += fmt::format("{:<10.4g} {:11.1f}\n", c.radii[i], 100 * share_of(c.certified[i], all));
  return text;
}

std::string AttackReport::json() const {
  const std::size_t all = data_.samples.size();
  Json json{{"settings", Json::parse(settings_json(settings_))}, {"samples", all}};
  json["clean_accuracy"] = share_of(results_.right, all);
  if (results_.robustness) {
    const attack::Robustness& r = *results_.robustness;
    for (const float e : r.epsilons) json["eps"].push_back(std::stod(radius_text(settings_.norm, e)));
    for (std::size_t m = 0; m < r.methods.size(); ++m)
      json["methods"][name_of(r.methods[m])] = shares(r.robust[m], all);
    json["robust_accuracy"] = shares(r.strongest, all);
  }
  for (const attack::SanityCheck& check : results_.sanity)
    json["sanity"].push_back({{"claim", check.claim}, {"figures", check.figures}, {"holds", check.holds}});
  if (settings_.certify) json["certified"] = certified_json(results_, data_, *settings_.certify);
  for (std::size_t i = 0; i < all; ++i) {
    Json sample{{settings_.data.empty() ? "photo" : "sample", data_.names[i]}, {"class", data_.samples.labels[i]}};
    if (results_.robustness) {
      const attack::SampleRobustness& s = results_.robustness->samples[i];
      sample["prediction"] = s.prediction;
      sample["distance"] = std::isfinite(s.distance) ? Json(s.distance) : Json();
      sample["method"] = s.method ? Json(name_of(*s.method)) : Json();
    }
    if (settings_.certify) {
      const attack::Certificate& c = results_.certificates[i];
      sample["smoothed"] = c.prediction ? Json(*c.prediction) : Json();
      sample["radius"] = c.radius;
    }
    json["of_each"].push_back(sample);
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void AttackReport::write_sheet(const std::filesystem::path& file) const {
  const Shape& shape = data_.samples.image;
  std::error_code ignored;
  std::filesystem::remove(file, ignored);  // of a run that this one replaces
  if (!results_.robustness || results_.robustness->smallest.empty() || (shape[0] != 1 && shape[0] != 3)) return;
  std::vector<image::Image> pictures;
  image::GridOptions options{.gap = 8};
  for (const attack::AdversarialPicture& p : results_.robustness->smallest) {
    const auto original = data_.samples.picture(p.sample);
    pictures.push_back(image_of_pixels(original, shape));
    pictures.push_back(image_of_pixels(p.pixels, shape));
    pictures.push_back(image_of_pixels(stretched_difference(p.pixels, original), shape));
    options.labels.push_back(class_name(data_.samples.labels[p.sample]));
    options.labels.push_back(class_name(p.prediction));
    options.labels.push_back(fmt::format("{:.3g}\n{}", p.distance, name_of(p.method)));
  }
  options.columns = static_cast<int>(kTriple * std::min(kTriplesInRow, pictures.size() / kTriple));
  image::write_png(file, grid(pictures, options));
}

}  // namespace backflow
