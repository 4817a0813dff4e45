#include "examples/apps/dream/dream_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include <backflow/graph/error.h>
#include <backflow/runtime/image/resize.h>
#include <backflow/runtime/models/labels.h>
#include <backflow/runtime/models/model.h>
#include "examples/apps/common/program.h"

namespace backflow {
namespace {

using Kind = dream::ObjectiveTerm::Kind;

constexpr std::int64_t kUsualSize = 224, kLongestPhoto = 1024;

void load_networks(DreamSetup& setup) {
  std::vector<dream::DreamNetwork> networks;
  for (const DreamFile& file : setup.settings.models) {
    std::shared_ptr<const models::Model> model = load_model(file.path, setup.settings.arch, setup.settings.standardize);
    const models::InputSpec& input = model->input();
    if (setup.labels.empty()) setup.labels = model->labels();
    networks.push_back({.build = [model](Value image) { return model->build(image); },
                        .mean = input.mean,
                        .stddev = input.stddev,
                        .labels = setup.labels});
    setup.models.push_back(std::move(model));
  }
  setup.networks = std::make_shared<dream::DreamNetworks>(std::move(networks));
}

bool takes(const DreamSetup& setup, DreamSize size) {
  try {
    for (std::size_t i = 0; i < setup.networks->size(); ++i) setup.networks->names(i, size.height, size.width);
    return true;
  } catch (const Error&) {
    return false;
  }
}

DreamSize own_size(const DreamSetup& setup) {
  const models::InputSpec& input = setup.models[0]->input();
  return input.any_size() ? DreamSize{kUsualSize, kUsualSize} : DreamSize{input.width, input.height};
}

/// A photo keeps its proportions; without one the size is what the network reads.
DreamSize default_size(const DreamSetup& setup) {
  const DreamSize own = own_size(setup);
  if (!setup.inputs.photo) return own;
  const image::Image& photo = *setup.inputs.photo;
  const double factor = std::min(1.0, static_cast<double>(kLongestPhoto) / std::max(photo.width, photo.height));
  const DreamSize whole{std::max<std::int64_t>(1, std::llround(photo.width * factor)),
                        std::max<std::int64_t>(1, std::llround(photo.height * factor))};
  return takes(setup, whole) ? whole : own;
}

DreamSize picture_size(const DreamSetup& setup, const std::string& text) {
  DreamSize size = size_of(text);
  if (size.width == 0) return default_size(setup);
  if (!setup.inputs.photo || text.find('x') != std::string::npos) return size;
  const image::Image& photo = *setup.inputs.photo;
  const double shorter = std::min(photo.width, photo.height);
  size.width = std::llround(static_cast<double>(size.width) * photo.width / shorter);
  size.height = std::llround(static_cast<double>(size.height) * photo.height / shorter);
  return size;
}

/// Scaled so that it covers the size, the middle of it.
std::optional<image::Image> fitted(const DreamFile& file, std::int64_t width, std::int64_t height) {
  if (file.path.empty()) return {};
  const image::Image image = image::read_image(file.path);
  const double factor = std::max(static_cast<double>(width) / image.width, static_cast<double>(height) / image.height);
  const int w = std::max(static_cast<int>(width), static_cast<int>(std::lround(image.width * factor)));
  const int h = std::max(static_cast<int>(height), static_cast<int>(std::lround(image.height * factor)));
  return image::centre_crop(image::resize(image, w, h), static_cast<int>(width), static_cast<int>(height));
}

void fit_inputs(DreamSetup& setup) {
  const DreamSettings& s = setup.settings;
  setup.inputs.photo = fitted(s.photo, s.options.width, s.options.height);
  setup.inputs.guide = fitted(s.guide, s.options.width, s.options.height);
  setup.inputs.mask = fitted(s.mask, s.options.width, s.options.height);
}

std::string title_of(const std::string& objective, const std::vector<std::string>& labels) {
  const dream::Objective o = dream::parse_objective(objective);
  const auto& t = o.terms[0];
  if (o.terms.size() != 1 || t.kind != Kind::class_logit || t.index < 0 ||
      static_cast<std::size_t>(t.index) >= labels.size())
    return objective;
  const std::string& label = labels[static_cast<std::size_t>(t.index)];
  return str_cat("class:", t.index, " ", label.substr(0, label.find(',')));
}

/// In one spelling, classes by number; every network has been asked.
std::string spelled(const std::string& objective, const DreamSetup& setup) {
  dream::Objective o = dream::parse_objective(objective);
  const dream::DreamOptions& options = setup.settings.options;
  const auto found = dream::resolved(o, *setup.networks, options.height, options.width);
  for (dream::ObjectiveTerm& t : o.terms)
    for (const dream::Objective& mine : found)
      for (const dream::ObjectiveTerm& r : mine.terms)
        if (t.kind == Kind::class_logit && r.kind == t.kind && r.name == t.name) t.index = r.index;
  return to_string(o);
}

/// Like expand_target(), and "class:*" is every class.
std::vector<std::string> expanded(const std::string& target, const dream::ObjectiveNames& names) {
  if (target != "class:*") return dream::expand_target(target, names);
  require(names.classes > 0, "the network has no classes; give a layer as target");
  std::vector<std::string> all;
  for (std::int64_t c = 0; c < names.classes; ++c) all.push_back(str_cat("class:", c));
  return all;
}

void add_target(DreamSetup& setup, const std::string& text) {
  const std::string objective = spelled(text, setup);
  const dream::Objective o = dream::parse_objective(objective);
  for (const Kind kind : {Kind::guide, Kind::caricature, Kind::invert, Kind::style})
    require(!o.uses(kind) || setup.inputs.guide, "'", text, "' needs a photo: --guide FILE");
  const DreamTarget target{objective, title_of(objective, setup.labels)};
  auto& targets = setup.settings.targets;
  if (std::find(targets.begin(), targets.end(), target) == targets.end()) targets.push_back(target);
}

void add_targets(DreamSetup& setup, const DreamFlags& flags) {
  const dream::DreamOptions& options = setup.settings.options;
  const dream::ObjectiveNames names = setup.networks->names(0, options.height, options.width);
  const char* flag = "--target: ";
  try {
    for (const std::string& target : flags.targets) {
      const auto all = expanded(target, names);
      setup.settings.sheet = setup.settings.sheet || all.size() > 1;
      for (const std::string& text : all) add_target(setup, text);
    }
    flag = "--objective: ";
    for (const std::string& text : flags.objectives) add_target(setup, text);
  } catch (const Error& e) {
    throw UsageError(str_cat(flag, e.what()));
  }
}

void check_labels(const DreamSetup& setup, const std::string& file) {
  if (file.empty()) return;
  const dream::DreamOptions& o = setup.settings.options;
  const std::int64_t classes = setup.networks->names(0, o.height, o.width).classes;
  require(static_cast<std::int64_t>(setup.labels.size()) == classes, "[", file, "] has ", setup.labels.size(),
          " labels, the network has ", classes, " classes");
}

/// The network takes the smallest octave; said before anything about targets is.
void check_size(const DreamSetup& setup) {
  const dream::DreamOptions& o = setup.settings.options;
  if (takes(setup, {o.width, o.height})) return;
  const std::int64_t works = setup.networks->smallest_size();
  std::string why;
  try {
    setup.networks->names(0, o.height, o.width);
  } catch (const Error& e) {
    why = e.what();
  }
  const std::string sentence =
      str_cat("--size: the network does not take an image of ", o.width, " × ", o.height,
              works > 0 ? str_cat(" (", works, " × ", works, " is the smallest that it takes)") : "", ": ", why);
  if (works > 0 || takes(setup, own_size(setup))) throw UsageError(sentence);
  fail(sentence);  // for no size
}

}  // namespace

DreamSetup setup_of(const DreamFlags& flags) {
  options_of(flags, {kUsualSize, kUsualSize});  // what is wrong with flags is said before files are read
  size_of(flags.size);
  DreamSetup setup;
  DreamSettings& s = setup.settings;
  for (const std::string& model : flags.models) s.models.push_back(summed(model));
  s.arch = flags.model.arch;
  s.standardize = flags.model.pixels();
  s.photo = starts_from_photo(flags) ? summed(flags.start) : DreamFile{};
  s.guide = summed(flags.guide);
  s.mask = summed(flags.mask);
  if (!flags.model.labels.empty()) setup.labels = models::read_labels(flags.model.labels);
  load_networks(setup);
  if (!s.photo.path.empty()) setup.inputs.photo = image::read_image(s.photo.path);
  s.options = options_of(flags, picture_size(setup, flags.size));
  s.options.precision = checked_precision(s.options.precision);
  check_size(setup);
  check_labels(setup, flags.model.labels);
  fit_inputs(setup);
  add_targets(setup, flags);
  return setup;
}

DreamSetup setup_of(const DreamSettings& settings) {
  for (const DreamFile& model : settings.models) check_same(model, "the model");
  check_same(settings.photo, "the photo");
  check_same(settings.guide, "the guide");
  check_same(settings.mask, "the mask");
  DreamSetup setup;
  setup.settings = settings;
  load_networks(setup);
  fit_inputs(setup);
  return setup;
}

dream::DreamOptions options_of(const DreamFlags& flags) {
  if (!flags.models.empty()) return setup_of(flags).settings.options;
  const DreamSize size = size_of(flags.size);
  return options_of(flags, size.width > 0 ? size : DreamSize{kUsualSize, kUsualSize});
}

std::string layer_list(const DreamSetup& setup) {
  const dream::DreamOptions& o = setup.settings.options;
  const dream::ObjectiveNames names = setup.networks->names(0, o.height, o.width);
  std::string text;
  std::size_t widest = 0;
  for (const auto& layer : names.layers) widest = std::max(widest, layer.name.size());
  for (const auto& layer : names.layers) {
    const Shape& s = layer.shape;
    text += fmt::format("layer:{:{}}  {}\n", layer.name, widest,
                        s.size() == 4 ? str_cat(s[1], " × ", s[2], " × ", s[3]) : str_cat(s[1]));
  }
  if (names.classes > 0) text += fmt::format("class:0 … class:{}\n", names.classes - 1);
  return text;
}

std::string hints(const DreamSetup& setup) {
  const dream::DreamOptions& o = setup.settings.options;
  std::set<std::string> wanted;
  for (const DreamTarget& target : setup.settings.targets)
    for (const dream::ObjectiveTerm& t : dream::parse_objective(target.objective).terms)
      if (t.kind == Kind::channel) wanted.insert(t.name);
  std::string text;
  if (wanted.empty()) return text;
  for (const auto& layer : setup.networks->names(0, o.height, o.width).layers)
    if (wanted.contains(layer.name) && !layer.relu.empty())
      text += fmt::format(
          "hint: channels of {} are taken before its ReLU and often give flat images; layer:{} is behind it\n",
          layer.name, layer.relu);
  return text;
}

std::int64_t wanted_class(const std::string& objective) {
  for (const dream::ObjectiveTerm& t : dream::parse_objective(objective).terms)
    if (t.kind == Kind::class_logit && t.weight > 0) return t.index;
  return -1;
}

}  // namespace backflow
