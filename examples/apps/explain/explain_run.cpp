#include "examples/apps/explain/explain_run.h"

#include <algorithm>
#include <iostream>

#include <backflow/graph/error.h>
#include <backflow/runtime/dream/objective/objective.h>
#include <backflow/runtime/explain/overlay.h>
#include <backflow/runtime/files/atomic_file.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/image/png.h>
#include <backflow/runtime/models/labels.h>
#include "examples/apps/common/program.h"
#include "examples/apps/common/signals.h"

namespace backflow {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSheetRows = 20;  // of the sheet of all photos

/// A signal came; what was explained before it is kept.
struct Interrupted {};

std::int64_t class_of(const std::string& text, const std::vector<std::string>& labels, std::int64_t classes) {
  dream::ObjectiveTerm term{.name = text};
  if (!files::read_number(text, term.index)) term.index = -1;
  try {
    return dream::resolved({{term}}, {.labels = labels, .classes = classes}).terms[0].index;
  } catch (const Error& e) {
    throw UsageError(str_cat("--class: ", e.what()));
  }
}

bool has_all(const std::vector<std::string>& names, const char* all) {
  return std::find(names.begin(), names.end(), all) != names.end();
}

std::string with_newline(const nlohmann::ordered_json& j, int indent) {
  return j.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

ExplainRun::ExplainRun(ExplainProgram program)
    : program_(std::move(program)), asked_(program_.settings), scheduler_(program_.threads) {
  ExplainSettings& s = program_.settings;
  if (!program_.overwrite) check_explanations(program_.out, s);
  model_ = load_model(model_file(s.model).string(), s);
  explainer_ = std::make_unique<explain::Explainer>(*model_, scheduler_, s.options);
  choose_methods();
  choose_layers();
  choose_labels();
  make_folder(program_.out);
  lock_.emplace(program_.out);
  check_writable("--out", program_.out / kExplanations);
  const auto photos = static_cast<std::int64_t>(s.photos.size());
  const std::int64_t each = static_cast<std::int64_t>(std::max<std::size_t>(1, classes_.size()));
  line_ = std::make_unique<StepsLine>(photos * each * copies_of_class(), "copies", program_.quiet);
  explainer_->after_run([this](std::int64_t copies) {
    copies_ += copies;
    line_->show(copies_, copies_, "");
    if (caught_signal() != 0) throw Interrupted();
  });
}

/// Those that were asked for; of "all" those that the network has something for.
void ExplainRun::choose_methods() {
  const auto& names = program_.settings.methods;
  for (const char* name : kEnumNames<explain::Method>) {
    const auto method = value_of<explain::Method>("method", name);
    const bool asked = has_all(names, name);
    if (!asked && !has_all(names, "all")) continue;
    const std::string obstacle = explainer_->obstacle(method);
    if (obstacle.empty())
      methods_.push_back(method);
    else if (asked)
      throw UsageError("--method: " + obstacle);
    else
      std::cerr << "explain: left out: " << obstacle << '\n';
  }
}

void ExplainRun::choose_layers() {
  auto& layers = program_.settings.layers;
  if (!layers.empty() && std::find(methods_.begin(), methods_.end(), explain::Method::grad_cam) == methods_.end())
    throw UsageError("--layer is for --method grad-cam");
  if (has_all(layers, "*")) layers = explainer_->layers();
  for (const std::string& layer : layers)
    if (!has_all(explainer_->layers(), layer.c_str()))
      throw UsageError("--layer: " + files::no_such("layer with places", layer, explainer_->layers()));
}

void ExplainRun::choose_labels() {
  const std::string& file = program_.settings.labels;
  labels_ = file.empty() ? model_->labels() : models::read_labels(file, explainer_->classes());
  for (const std::string& text : program_.settings.classes) {
    const std::int64_t target = class_of(text, labels_, explainer_->classes());
    if (std::find(classes_.begin(), classes_.end(), target) == classes_.end()) classes_.push_back(target);
  }
}

/// The most probable one if none was asked for.
std::vector<std::int64_t> ExplainRun::targets_of(const std::vector<float>& p) const {
  if (!classes_.empty()) return classes_;
  return {std::max_element(p.begin(), p.end()) - p.begin()};
}

/// Copies of the image that the network sees for each class.
std::int64_t ExplainRun::copies_of_class() const {
  const ExplainSettings& s = program_.settings;
  const auto layers = static_cast<std::int64_t>(std::max<std::size_t>(1, s.layers.size()));
  std::int64_t copies = 0, maps = 0;
  for (const explain::Method method : methods_) {
    copies += explainer_->copies(method);
    maps += method == explain::Method::grad_cam ? layers : 1;
  }
  return copies + (s.score_steps > 0 ? 2 * (s.score_steps + 1) * (maps + s.random_maps) : 0);
}

int ExplainRun::run() {
  int status = 0;
  try {
    for (const std::string& photo : program_.settings.photos) {
      try {
        explain_photo(photo);
      } catch (const Error& e) {
        line_->clear();
        say_unreadable("explain", photo, e);
        status = 1;
      }
    }
  } catch (const Interrupted&) {
    status = signal_status();
  }
  finish();
  return status;
}

void ExplainRun::explain_photo(const std::string& photo) {
  const image::Image picture = image::read_image(photo);
  const auto probabilities = explainer_->probabilities(picture);
  for (const std::int64_t target : targets_of(probabilities)) report(explained(photo, picture, target, probabilities));
}

Explanation ExplainRun::explained(const std::string& photo, const image::Image& picture, std::int64_t target,
                                  const std::vector<float>& probabilities) {
  const ExplainSettings& s = program_.settings;
  const auto index = static_cast<std::size_t>(target);
  Explanation e{.photo = photo,
                .folder = folders_.next(photo, classes_.size() > 1 ? std::optional(target) : std::nullopt),
                .label = labels_.empty() ? "" : labels_.at(index),
                .target = target,
                .probability = probabilities[index]};
  e.shown = explain::shown_photo(picture, model_->input());
  make_folder(program_.out / e.folder);
  for (const explain::Method method : methods_) {
    if (method != explain::Method::grad_cam || s.layers.empty()) {
      add_map(e, picture, explainer_->attribution(picture, target, method));
      continue;
    }
    for (explain::Attribution& a : explainer_->grad_cam(picture, target, s.layers)) add_map(e, picture, std::move(a));
  }
  if (s.score_steps > 0) score(e, picture);
  return e;
}

void ExplainRun::add_map(Explanation& e, const image::Image& picture, explain::Attribution a) {
  const ExplainSettings& s = program_.settings;
  ExplainedMap map{.stem = file_stem(a, !s.layers.empty()), .overlay = explain::overlay(e.shown, a)};
  write_attribution(program_.out / e.folder, map.stem, a, map.overlay);
  if (s.score_steps > 0) map.scores = explainer_->faithfulness(picture, e.target, a.map.as(), s.score_steps);
  e.logit = a.logit;
  a.values = Tensor();  // they are in files
  a.map = Tensor();
  map.attribution = std::move(a);
  e.maps.push_back(std::move(map));
}

/// Maps of chance, beside which the scores of others are to be seen.
void ExplainRun::score(Explanation& e, const image::Image& picture) {
  const ExplainSettings& s = program_.settings;
  const models::InputSpec& in = model_->input();
  for (std::int64_t i = 0; i < s.random_maps; ++i) {
    const auto map =
        explain::random_map(picture_height(in), picture_width(in), s.options.seed, static_cast<std::uint32_t>(i));
    e.random.push_back(explainer_->faithfulness(picture, e.target, map, s.score_steps));
  }
}

void ExplainRun::report(Explanation e) {
  line_->clear();
  image::write_png(program_.out / e.folder / "contact_sheet.png", contact_sheet(e));
  found_.push_back(to_json(e));
  if (program_.json)
    std::cout << with_newline(found_.back(), -1) << std::flush;
  else if (!program_.quiet)
    std::cout << text_of(e) << std::flush;
  if (shown_.size() < kSheetRows) shown_.push_back(std::move(e));
}

void ExplainRun::finish() {
  line_->clear();
  if (shown_.size() > 1) image::write_png(program_.out / "contact_sheet.png", contact_sheet(shown_));
  files::write_file(program_.out / kExplanations,
                    with_newline({{"settings", to_json(asked_)}, {"explanations", found_}}, 2));
}

}  // namespace backflow
