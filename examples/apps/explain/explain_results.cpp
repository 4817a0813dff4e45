#include "examples/apps/explain/explain_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <backflow/runtime/image/grid.h>

namespace backflow {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxRows = 40;  // of the sheet of all explanations

std::string title_of(const explain::Attribution& a) {
  return name_of(a.method) + (a.layer.empty() ? "" : ", layer:" + a.layer);
}

std::string first_name(const std::string& label) { return label.substr(0, label.find(',')); }

Json json_of(const ExplainedMap& m, const std::string& folder) {
  const std::string path = folder + "/" + m.stem;
  Json j{{"method", name_of(m.attribution.method)}};
  if (!m.attribution.layer.empty()) j["layer"] = m.attribution.layer;
  if (m.scores) {
    j["deletion"] = m.scores->deletion.area;
    j["insertion"] = m.scores->insertion.area;
    j["deletion_curve"] = m.scores->deletion.probability;
    j["insertion_curve"] = m.scores->insertion.probability;
  }
  if (const auto& c = m.attribution.completeness) {
    j["sum_of_attributions"] = c->sum;
    j["difference_of_logit"] = c->difference;
  }
  j["overlay"] = path + ".png";
  j["map"] = path + ".map.png";
  j["array"] = path + ".npy";
  return j;
}

std::string score_text(const Scores& s) {
  return fmt::format("{:9.3f} {:10.3f} {:11.3f}", s.deletion, s.insertion, s.insertion - s.deletion);
}

Scores scores_of(const explain::Faithfulness& f) { return {f.deletion.area, f.insertion.area}; }

std::string completeness_text(const explain::Completeness& c) {
  const double off = 100 * std::abs(c.sum - c.difference) / std::max(std::abs(c.difference), 1e-12);
  return fmt::format("  integrated: attributions add up to {:.4f}, the logit differs by {:.4f} ({:.2f} % off)\n", c.sum,
                     c.difference, off);
}

/// Two lines, so that names and scores both fit below a picture.
std::string label_of(const ExplainedMap& m) {
  std::string text = title_of(m.attribution) + "\n";
  if (m.scores)
    text += fmt::format("deletion {:.2f}  insertion {:.2f}", m.scores->deletion.area, m.scores->insertion.area);
  return text;
}

std::string label_of(const Explanation& e) {
  return fmt::format("{}\n{:.1f} % sure of {}", std::filesystem::path(e.photo).filename().string(), 100 * e.probability,
                     e.label.empty() ? fmt::format("class {}", e.target) : first_name(e.label));
}

void add_row(const Explanation& e, std::vector<image::Image>& images, std::vector<std::string>& labels) {
  images.push_back(e.shown);
  labels.push_back(label_of(e));
  for (const ExplainedMap& m : e.maps) {
    images.push_back(m.overlay);
    labels.push_back(label_of(m));
  }
}

image::Image sheet_of(const std::vector<image::Image>& images, const std::vector<std::string>& labels, int columns) {
  return image::grid(images, {.columns = columns, .gap = 16, .text_scale = 2, .labels = labels});
}

}  // namespace

Scores mean_scores(const std::vector<explain::Faithfulness>& all) {
  Scores mean;
  for (const explain::Faithfulness& f : all) {
    mean.deletion += f.deletion.area / static_cast<double>(all.size());
    mean.insertion += f.insertion.area / static_cast<double>(all.size());
  }
  return mean;
}

Json to_json(const Explanation& e) {
  Json j{{"photo", e.photo}, {"class", e.target}};
  if (!e.label.empty()) j["label"] = e.label;
  j["probability"] = e.probability;
  j["logit"] = e.logit;
  Json maps = Json::array();
  for (const ExplainedMap& m : e.maps) maps.push_back(json_of(m, e.folder));
  j["maps"] = std::move(maps);
  if (!e.random.empty()) {
    const Scores mean = mean_scores(e.random);
    j["random"] = {{"maps", e.random.size()}, {"deletion", mean.deletion}, {"insertion", mean.insertion}};
  }
  j["contact_sheet"] = e.folder + "/contact_sheet.png";
  return j;
}

std::string text_of(const Explanation& e) {
  std::string text = fmt::format("{}: {}{} with {:.2f} %, logit {:.3f}\n", e.photo, e.target,
                                 e.label.empty() ? "" : " " + first_name(e.label), 100 * e.probability, e.logit);
  std::size_t width = std::string("random maps (mean of 10)").size();
  for (const ExplainedMap& m : e.maps) width = std::max(width, title_of(m.attribution).size());
  const bool scored = !e.maps.empty() && e.maps[0].scores;
  if (scored) text += fmt::format("  {:{}} {:>9} {:>10} {:>11}\n", "", width, "deletion", "insertion", "difference");
  for (const ExplainedMap& m : e.maps)
    text +=
        fmt::format("  {:{}} {}\n", title_of(m.attribution), width, m.scores ? score_text(scores_of(*m.scores)) : "");
  if (!e.random.empty())
    text += fmt::format("  {:{}} {}\n", fmt::format("random maps (mean of {})", e.random.size()), width,
                        score_text(mean_scores(e.random)));
  for (const ExplainedMap& m : e.maps)
    if (m.attribution.completeness) text += completeness_text(*m.attribution.completeness);
  return text;
}

image::Image contact_sheet(const Explanation& e) {
  std::vector<image::Image> images;
  std::vector<std::string> labels;
  add_row(e, images, labels);
  return sheet_of(images, labels, images.size() <= 4 ? static_cast<int>(images.size()) : 0);
}

image::Image contact_sheet(const std::vector<Explanation>& all) {
  std::vector<image::Image> images;
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < std::min(all.size(), kMaxRows); ++i) add_row(all[i], images, labels);
  return sheet_of(images, labels, static_cast<int>(all.front().maps.size()) + 1);
}

}  // namespace backflow
