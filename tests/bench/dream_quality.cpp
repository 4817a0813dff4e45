// How good the presets' images are, by a network that they were not made for: prints a table, one line a preset.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "graph/error.h"
#include "runtime/dream/dream.h"
#include "runtime/dream/quality.h"
#include "runtime/image/grid.h"
#include "runtime/image/png.h"
#include "runtime/image/resize.h"
#include "tests/bench/judge.h"

using namespace backflow;

namespace {

struct Arguments {
  std::string optimized, judge, out = "out/quality", set = "{}";
  std::vector<std::string> presets{"naive", "homework", "quality"};
  std::vector<std::int64_t> classes{365, 932, 951, 985, 403, 88, 1, 76};
  std::int64_t seeds = 3, steps = 128, size = 224;
  int threads = 0;
};

/// What a preset's images are worth, as means over all of them.
struct Row {
  double own = 0, held_out = 0, top1 = 0, top5 = 0, high = 0, variation = 0;
};

DreamOptions options_of(const Arguments& a, const std::string& name, std::int64_t seed) {
  auto j = nlohmann::json::parse(to_json(preset(name, a.size, a.size)));
  j["steps"] = a.steps;
  j["seed"] = seed;
  j.merge_patch(nlohmann::json::parse(a.set));
  return dream_options_from_json(j.dump());
}

std::vector<Dream> dreams_of(const Arguments& a, const std::string& name,
                             const std::shared_ptr<DreamNetworks>& networks) {
  std::vector<Dream> dreams;
  for (std::int64_t seed = 1; seed <= a.seeds; ++seed)
    for (std::int64_t c : a.classes) dreams.emplace_back(networks, concat("class:", c), options_of(a, name, seed));
  return dreams;
}

/// Saves, reads again, judges.
Row measure(const Arguments& a, const std::string& name, const std::vector<Dream>& dreams, Judge& own, Judge& judge) {
  Row row;
  std::vector<Image> pictures;
  GridOptions sheet{.columns = static_cast<int>(a.classes.size())};
  for (std::size_t i = 0; i < dreams.size(); ++i) {
    const std::int64_t target = a.classes[i % a.classes.size()];
    const auto file = std::filesystem::path(a.out) / concat(name, "_", target, "_", i / a.classes.size() + 1, ".png");
    write_png(file, dreams[i].image());
    const Image picture = read_image(file);
    const Verdict by_judge = judge.look(picture, target);
    const double share = 1 / static_cast<double>(dreams.size());
    row.own += share * own.look(picture, target).probability;
    row.held_out += share * by_judge.probability;
    row.top1 += share * (by_judge.rank == 1);
    row.top5 += share * (by_judge.rank <= 5);
    row.high += share * high_frequency_share(picture);
    row.variation += share * total_variation(picture);
    pictures.push_back(picture);
    sheet.labels.push_back(concat(target, " rank ", by_judge.rank));
  }
  write_png(std::filesystem::path(a.out) / (name + ".png"), grid(pictures, sheet));
  return row;
}

void run(const Arguments& a) {
  std::filesystem::create_directories(a.out);
  Scheduler scheduler(a.threads);
  const std::shared_ptr<const Model> optimized = load_model(a.optimized), judging = load_model(a.judge);
  const auto networks = std::make_shared<DreamNetworks>(network_of(optimized));
  Judge own(*optimized, a.size, scheduler), judge(*judging, a.size, scheduler);
  std::printf("| preset | own p | held-out p | top-1 | top-5 | HF | TV | s an image |\n");
  std::printf("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
  for (const std::string& name : a.presets) {
    const auto dreams = dreams_of(a, name, networks);
    const auto begin = std::chrono::steady_clock::now();
    dream_all(scheduler, dreams);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    const Row r = measure(a, name, dreams, own, judge);
    std::printf("| %s | %.2f | %.3f | %.2f | %.2f | %.3f | %.3f | %.2f |\n", name.c_str(), r.own, r.held_out, r.top1,
                r.top5, r.high, r.variation, seconds.count() / static_cast<double>(dreams.size()));
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Makes images for one network and lets another one judge them.");
  Arguments a;
  app.add_option("optimized", a.optimized, "The network for which images are made")->required();
  app.add_option("judge", a.judge, "The network that judges them")->required();
  app.add_option("--presets", a.presets, "Presets")->delimiter(',')->capture_default_str();
  app.add_option("--classes", a.classes, "Classes")->delimiter(',')->capture_default_str();
  app.add_option("--seeds", a.seeds, "Images of each class")->capture_default_str();
  app.add_option("--steps", a.steps, "Steps of each image")->capture_default_str();
  app.add_option("--size", a.size, "Their width and height")->capture_default_str();
  app.add_option("--set", a.set, "Options that differ from the preset, as JSON")->capture_default_str();
  app.add_option("--threads", a.threads, "Threads; 0: all cores")->capture_default_str();
  app.add_option("--out", a.out, "Folder of the images and contact sheets")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    run(a);
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
  return 0;
}
