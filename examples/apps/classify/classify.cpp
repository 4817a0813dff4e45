// Names what is in photos: see `classify --help` and docs/models.md.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <iostream>
#include <nlohmann/json.hpp>

#include <backflow/graph/error.h>
#include <backflow/runtime/models/labels.h>
#include <backflow/runtime/models/predictor.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "examples/apps/common/model_options.h"
#include "examples/apps/common/program.h"

using namespace backflow;

namespace {

constexpr std::int64_t kManyClasses = 100;  // more than one knows by number

struct Arguments : ModelOptions {
  std::string model;
  std::vector<std::string> photos;
  std::int64_t top = 5;
  int threads = 0;
  bool json = false;
};

std::string label_of(const std::vector<std::string>& labels, std::int64_t index) {
  return labels.at(static_cast<std::size_t>(index));
}

void print_json(const std::string& photo, const std::vector<models::ClassProbability>& top,
                const std::vector<std::string>& labels) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const models::ClassProbability& p : top) {
    nlohmann::ordered_json entry{{"class", p.index}, {"probability", p.probability}};
    if (!labels.empty()) entry["label"] = label_of(labels, p.index);
    list.push_back(entry);
  }
  const nlohmann::ordered_json line{{"photo", photo}, {"top", list}};
  std::cout << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
}

void print(const std::string& photo, const std::vector<models::ClassProbability>& top,
           const std::vector<std::string>& labels) {
  std::cout << photo << '\n';
  for (const models::ClassProbability& p : top)
    std::cout << fmt::format("{:7.2f} %  {:4}{}\n", 100 * p.probability, p.index,
                             labels.empty() ? "" : "  " + label_of(labels, p.index));
  std::cout << std::flush;
}

/// A photo that cannot be read does not keep the others from being classified.
int run(const Arguments& a) {
  const auto model = load_model(a.model, a);
  Scheduler scheduler(a.threads);
  models::Predictor predictor(*model, scheduler);
  require(!predictor.predicts_numbers(), a.model, " predicts a number, it knows no classes; predict applies it");
  const auto labels = a.labels.empty() ? model->labels() : models::read_labels(a.labels, predictor.classes());
  if (labels.empty() && predictor.classes() >= kManyClasses && !a.json)
    std::cerr << "classify: the model does not name its " << predictor.classes() << " classes; --labels FILE does\n";
  int status = 0;
  for (const std::string& photo : a.photos) {
    try {
      const auto top = predictor.top(image::read_image(photo), a.top);
      a.json ? print_json(photo, top, labels) : print(photo, top, labels);
    } catch (const Error& e) {
      say_unreadable("classify", photo, e);
      status = 1;
    }
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Names what is in photos: the most probable classes of an image classifier.", "classify");
  Arguments a;
  app.add_option("--model", a.model, "an ONNX file, a safetensors file with torchvision's names, or one of train's")
      ->required()
      ->type_name("FILE");
  add_options(app, a);
  app.add_option("--top", a.top, "classes to show")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  app.add_option("--threads", a.threads, "workers; default: the CPUs that this process may use")
      ->check(CLI::Range(1, 1024));
  app.add_flag("--json", a.json, "print a line of JSON for each photo");
  app.add_option("PHOTO", a.photos, "PNG, JPEG, WebP or GIF")->required()->type_name("FILE");
  return run_program(app, argc, argv, [&] { return run(a); });
}
