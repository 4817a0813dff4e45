#include "examples/apps/dream/dream_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include <backflow/graph/error.h>
#include <backflow/runtime/dream/objective/quality.h>
#include <backflow/runtime/files/json.h>
#include <backflow/runtime/files/located_json.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow {
namespace {

using Json = nlohmann::ordered_json;

Json written(const std::optional<dream::Verdict>& v) {
  if (!v) return {};
  return {
      {"probability", v->probability}, {"rank", v->rank}, {"best", v->best}, {"best_probability", v->best_probability}};
}

std::string shown(const std::optional<dream::Verdict>& v) {
  return v ? fmt::format("{:5.3f} {:4}", v->probability, v->rank) : fmt::format("{:>5} {:>4}", "", "");
}

}  // namespace

DreamResults::DreamResults(const DreamSetup& setup, Scheduler& scheduler, const std::filesystem::path& judge) {
  const dream::DreamOptions& o = setup.settings.options;
  bool classes = false;
  for (const DreamTarget& t : setup.settings.targets) classes = classes || wanted_class(t.objective) >= 0;
  if (classes) own_ = std::make_unique<dream::Judge>(*setup.models[0], scheduler, o.height, o.width);
  if (judge.empty()) return;
  const auto model = models::load_model(judge);
  judge_ = std::make_unique<dream::Judge>(*model, scheduler);
  const std::int64_t wanted = own_ ? own_->classes() : judge_->classes();
  require(judge_->classes() == wanted, "[", judge.string(), "] a judge needs the same classes: it has ",
          judge_->classes(), ", the network has ", wanted);
}

void DreamResults::add(const DreamImage& picture, const DreamSettings& settings,
                       const std::vector<dream::DreamStep>& steps, const std::filesystem::path& out) {
  const std::int64_t wanted = wanted_class(picture.target.objective);
  const auto files = picture.files(out);
  for (std::size_t v = 0; v < files.size(); ++v) {
    if (!picture.complete)
      image::write_png(files[v], picture.dream.image(static_cast<std::int64_t>(v)), text_of(picture, settings));
    image::Image image = image::read_image(files[v]);
    DreamMeasure m;
    m.title = picture.target.title;
    m.target = picture.target.objective;
    m.file = files[v].filename().string();
    m.steps = picture.complete ? settings.options.steps : picture.dream.steps();
    m.objective = steps.empty() ? 0 : steps.back().objective;
    if (wanted >= 0 && own_) m.own = own_->verdict(image, wanted);
    if (wanted >= 0 && judge_) m.judged = judge_->verdict(image, wanted);
    m.total_variation = dream::total_variation(image);
    m.high_frequency_share = dream::high_frequency_share(image);
    measures_.push_back(std::move(m));
    images_.push_back(std::move(image));
  }
}

std::vector<std::string> DreamResults::titles() const {
  std::vector<std::string> titles;
  for (const DreamMeasure& m : measures_) titles.push_back(m.title);
  return titles;
}

std::vector<std::string> DreamResults::captions() const {
  std::vector<std::string> captions;
  for (const DreamMeasure& m : measures_) {
    std::string text = m.title;
    if (m.own) text += fmt::format("\nnetwork {:.0f} %", 100 * m.own->probability);
    if (m.judged) text += fmt::format("\njudge {:.0f} %", 100 * m.judged->probability);
    captions.push_back(text);
  }
  return captions;
}

std::string DreamResults::table() const {
  std::size_t widest = 6;
  for (const DreamMeasure& m : measures_) widest = std::max(widest, m.file.size());
  std::string text = fmt::format("{:{}}  steps  objective  own p rank", "file", widest);
  text += judge_ ? "  judge rank     TV    HF\n" : "     TV    HF\n";
  for (const DreamMeasure& m : measures_) {
    text += fmt::format("{:{}}  {:5}  {:9.3f}  {}", m.file, widest, m.steps, m.objective, shown(m.own));
    if (judge_) text += "  " + shown(m.judged);
    text += fmt::format("  {:5.3f} {:5.3f}\n", m.total_variation, m.high_frequency_share);
  }
  return text;
}

void DreamResults::keep_earlier(const std::filesystem::path& summary) {
  if (!std::filesystem::exists(summary)) return;
  const Json list = files::parse_json(files::read_text(summary), str_cat("[", summary.string(), "] "));
  require(list.is_array(), "[", summary.string(), "] is not a summary of dream");
  for (const Json& entry : list) {
    require(entry.is_object() && entry.contains("file") && entry["file"].is_string(), "[", summary.string(),
            "] is not a summary of dream");
    const std::string file = entry["file"];
    if (std::filesystem::exists(summary.parent_path() / file)) earlier_.emplace_back(file, entry.dump());
  }
}

std::string DreamResults::json() const {
  Json list = Json::array();
  for (const auto& [file, entry] : earlier_)
    if (std::none_of(measures_.begin(), measures_.end(),
                     [&file = file](const DreamMeasure& m) { return m.file == file; }))
      list.push_back(Json::parse(entry));
  for (const DreamMeasure& m : measures_)
    list.push_back({{"title", m.title},
                    {"file", m.file},
                    {"steps", m.steps},
                    {"objective", m.objective},
                    {"own", written(m.own)},
                    {"judge", written(m.judged)},
                    {"total_variation", m.total_variation},
                    {"high_frequency_share", m.high_frequency_share}});
  return list.dump(1) + "\n";
}

}  // namespace backflow
