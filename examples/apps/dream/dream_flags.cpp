#include "examples/apps/dream/dream_flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/files/suggestions.h>
#include "examples/apps/common/program.h"

namespace backflow {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kUsualBlurEvery = 4;

std::vector<std::string> parts_of(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

Json json_of(const std::string& text) {
  std::int64_t whole = 0;
  double number = 0;
  if (files::read_number(text, whole)) return whole >= 0 ? Json(static_cast<std::uint64_t>(whole)) : Json(whole);
  if (files::read_number(text, number) && std::isfinite(number)) return number;
  if (text == "true" || text == "false") return text == "true";
  return text;
}

/// The options with `o.name` = `o.value`; checks the name and the type alone.
dream::DreamOptions with(const dream::DreamOptions& options, const DreamOverride& o) {
  Json j = Json::parse(to_json(options));
  Json value = json_of(o.value);
  if (j.contains(o.name) && j[o.name].is_array()) {
    value = Json::array();
    for (const std::string& part : parts_of(o.value, ',')) value.push_back(json_of(part));
  }
  j[o.name] = value;
  return dream::dream_options_from_json(j.dump());
}

/// "--blur X", "--blur X,END" and "--blur X,END,EVERY" as overrides of the names, as many as there are.
void add_ways(std::vector<DreamOverride>& overrides, const std::string& flag, const std::string& text,
              const std::vector<std::string>& names) {
  auto parts = parts_of(text, ',');
  if (parts.size() > names.size())
    throw CLI::ValidationError(flag, concat("takes at most ", names.size(), " numbers, got '", text, "'"));
  if (parts.size() == 1 && names.size() > 1) parts.push_back(parts[0]);
  for (std::size_t i = 0; i < parts.size(); ++i) overrides.push_back({flag, names[i], parts[i]});
}

void add_blur(std::vector<DreamOverride>& overrides, const std::string& text) {
  if (text == "0") return overrides.push_back({"--blur", "blur_every", "0"});
  const bool has_every = std::count(text.begin(), text.end(), ',') == 2;
  if (!has_every) overrides.push_back({"--blur", "blur_every", std::to_string(kUsualBlurEvery)});
  add_ways(overrides, "--blur", text, {"blur", "blur_end", "blur_every"});
}

void add_setting(std::vector<DreamOverride>& overrides, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) throw CLI::ValidationError("--set", "takes NAME=VALUE, got '" + text + "'");
  overrides.push_back({"--set", text.substr(0, equals), text.substr(equals + 1)});
}

void add_what(CLI::App& app, DreamFlags& f) {
  app.add_option("--model", f.models, "the network: .onnx, .safetensors; several: the picture is made for all of them");
  app.add_option("--arch", f.arch, "of a safetensors file that does not say it: vgg13_bn, resnet18");
  app.add_option("--standardize", f.standardize, kStandardizeHelp);
  app.add_option("--labels", f.labels, "names of the classes, one a line");
  app.add_option(
      "--target", f.targets,
      "class:88, class:macaw, layer:NAME, layer:NAME:CHANNEL, layer:NAME:CHANNEL:ROW,COLUMN; a contact sheet: "
      "class:*, layer:*, layer:NAME:*, layer:NAME:3-9. Each is a picture");
  app.add_option("--objective", f.objectives, "one picture for a sum: 'class:macaw - 0.5*layer:conv4:7'");
  app.add_option("--preset", f.preset,
                 "naive, homework, deepdream, quality or maco; default: quality, deepdream on a photo");
  app.add_option("--size", f.size, "224 or 320x240; of a photo the shorter side; default: what the network reads");
  app.add_option("--start", f.start, "noise, grey, or a photo: PNG or JPEG");
  app.add_option("--guide", f.guide, "the photo of guide:, style:, caricature: and invert:");
  app.add_option("--mask", f.mask, "a picture: what is black in it stays as it starts");
}

void add_settings(CLI::App& app, DreamFlags& f) {
  const auto one = [&](const char* flag, const char* name, const char* help) {
    app.add_option_function<std::string>(
        flag,
        [&f, flag, name](const std::string& v) {
          f.overrides.push_back({flag, name, v});
        },
        help);
  };
  const auto way = [&](const char* flag, std::vector<std::string> names, const char* help) {
    app.add_option_function<std::string>(
        flag, [&f, flag, names](const std::string& v) { add_ways(f.overrides, flag, v, names); }, help);
  };
  one("--steps", "steps", "of the whole run");
  one("--octaves", "octaves", "sizes, smallest first");
  one("--octave-scale", "octave_scale", "between two octaves");
  one("--seed", "seed", "of all random numbers");
  one("--precision", "precision", kPrecisionHelp);
  one("--variants", "variants", "pictures of each target");
  way("--lr", {"rate", "rate_end"}, "step length, or FIRST,LAST");
  one("--jitter", "jitter", "pixels by which the picture is rolled in each step");
  app.add_option_function<std::string>(
      "--blur", [&f](const std::string& v) { add_blur(f.overrides, v); },
      "σ of the picture's blur: X, FIRST,LAST or FIRST,LAST,STEPS-BETWEEN; 0: none");
  way("--grad-blur", {"gradient_blur", "gradient_blur_end"}, "σ of the gradient's blur: X or FIRST,LAST");
  one("--normalize", "normalize", "the gradient: none, mean, rms or laplacian");
  one("--clip", "clip", "greatest norm of the gradient");
  one("--decay", "decay", "share by which the picture fades to grey in each step");
  one("--tv", "tv", "weight of the total variation");
  one("--scales", "scales", "sizes at which the network sees the picture in each step: 0.5,0.7,1");
  one("--optimizer", "optimizer", "ascent, momentum, adam or nadam");
  one("--image", "image", "what is optimized: pixels, sigmoid, pyramid, fourier or maco");
  one("--levels", "levels", "sizes of --image pyramid, each half of the one before");
  one("--tile", "tile", "side of the tiles of a large picture");
  app.add_flag_function(
      "--no-clamp",
      [&f](std::int64_t) {
        f.overrides.push_back({"--no-clamp", "clamp", "false"});
      },
      "let pixels leave 0 … 1 while they are optimized");
  app.add_option_function<std::vector<std::string>>(
         "--set",
         [&f](const std::vector<std::string>& all) {
           for (const auto& v : all) add_setting(f.overrides, v);
         },
         "NAME=VALUE: any option of docs/dreaming.md")
      ->type_name("NAME=VALUE");
}

void add_program(CLI::App& app, DreamFlags& f) {
  app.add_option("--threads", f.threads, "workers; default: the CPUs that this process may use");
  app.add_option("--max-memory", f.max_memory,
                 "for all pictures beside the weights, such as 500M or 2GiB: they wait for each other, and one that "
                 "needs more computes activations a second time; default: most of what the machine has left")
      ->transform(CLI::AsSizeValue(false));
  app.add_flag("--memory-report", f.memory_report, "print what holds how much memory before the first step");
  app.add_option("--out", f.out, "folder for the results")->capture_default_str();
  app.add_option("--grid", f.grid, "all pictures on one sheet");
  app.add_option("--animation", f.animation, "how they came to be: .webp or .gif");
  app.add_option("--report", f.report, "a page in one file: pictures, measures, curves, settings; .html");
  app.add_option("--every", f.every, "write a picture after every so many steps, in OUT/frames/");
  app.add_option("--judge", f.judge, "another network that says what it sees in the results");
  app.add_option("--limit-steps", f.limit_steps, "stop after this many steps of each picture; --resume goes on");
  app.add_flag("--resume", f.resume, "go on with the run in --out, to the same bytes as without interruption");
  app.add_option("--again", f.again, "make this PNG again, from the settings in it, byte for byte");
  app.add_flag("--list-layers", f.list_layers, "say what can be a target");
  app.add_flag("--quiet", f.quiet, "print only errors");
}

[[noreturn]] void wrong(const std::string& sentence) { throw UsageError(sentence); }

void check_ending(const std::string& flag, const std::string& file, const std::vector<std::string>& endings) {
  const std::string ending = files::lower_case(std::filesystem::path(file).extension().string());
  if (file.empty() || std::find(endings.begin(), endings.end(), ending) != endings.end()) return;
  wrong(fmt::format("{} needs a name that ends with {}, got '{}'", flag, fmt::join(endings, " or "), file));
}

/// "[dream] rate needs …" said of the flag that set the rate.
std::string blamed(const std::vector<DreamOverride>& overrides, const std::string& sentence) {
  const std::string begin = "[dream] ";
  if (!sentence.starts_with(begin)) return sentence;
  const std::string rest = sentence.substr(begin.size()), subject = " " + rest.substr(0, rest.find(" needs")) + " ";
  for (const DreamOverride& o : overrides)
    if (subject.find(" " + o.name + " ") != std::string::npos) return o.flag + ": " + rest;
  return rest;
}

}  // namespace

void add_options(CLI::App& app, DreamFlags& flags) {
  add_what(app, flags);
  add_settings(app, flags);
  add_program(app, flags);
}

void check(const DreamFlags& f) {
  if (f.threads && (*f.threads < 1 || *f.threads > 1024))
    wrong(concat("--threads needs to be 1 … 1024, got ", *f.threads));
  if (f.max_memory && *f.max_memory == 0) wrong("--max-memory needs to be above 0, got 0");
  if (f.every && *f.every < 1) wrong(concat("--every needs to be ≥ 1, got ", *f.every));
  if (f.limit_steps && *f.limit_steps < 1) wrong(concat("--limit-steps needs to be ≥ 1, got ", *f.limit_steps));
  check_ending("--animation", f.animation, {".webp", ".gif"});
  check_ending("--grid", f.grid, {".png", ".jpg", ".jpeg"});
  if (f.resume && !f.again.empty()) wrong("--resume goes on with a folder, --again makes a file: give one of them");
  if (f.resume || !f.again.empty()) {
    const std::vector<std::string> also{"--again",      "--resume", "--out",          "--threads",     "--judge",
                                        "--max-memory", "--grid",   "--quiet",        "--limit-steps", "--animation",
                                        "--every",      "--report", "--memory-report"};
    for (const std::string& flag : f.given)
      if (std::find(also.begin(), also.end(), flag) == also.end())
        wrong(concat(flag, " is not taken: ", f.resume ? "--resume" : "--again", " has all settings already"));
    return;
  }
  if (f.models.empty()) wrong("--model is missing: a file .onnx or .safetensors");
  if (f.targets.empty() && f.objectives.empty() && !f.list_layers)
    wrong("--target is missing: class:88, layer:NAME, … (--list-layers says which layers there are)");
}

DreamSize size_of(const std::string& text) {
  if (text.empty()) return {};
  const std::size_t x = text.find('x');
  DreamSize s;
  const bool ok = files::read_number(std::string_view(text).substr(0, x), s.width) &&
                  (x == std::string::npos || files::read_number(std::string_view(text).substr(x + 1), s.height));
  if (x == std::string::npos) s.height = s.width;
  if (!ok || s.width < 1 || s.height < 1 || s.width > 16'384 || s.height > 16'384)
    wrong("--size needs a number of pixels, 1 … 16384, or two such as 320x240, got '" + text + "'");
  return s;
}

bool starts_from_photo(const DreamFlags& f) { return !f.start.empty() && f.start != "noise" && f.start != "grey"; }

dream::DreamOptions options_of(const DreamFlags& f, DreamSize size) {
  dream::DreamOptions options;
  const bool photo = starts_from_photo(f);
  try {
    options = dream::preset(f.preset.empty() ? (photo ? "deepdream" : "quality") : f.preset, size.width, size.height);
  } catch (const Error& e) {
    wrong("--preset: " + blamed({}, e.what()));
  }
  if (!f.start.empty()) options.start = photo ? "photo" : f.start;
  for (const DreamOverride& o : f.overrides) try {
      options = with(options, o);
    } catch (const Error& e) {
      wrong(o.flag + ": " + blamed({}, e.what()));
    }
  try {
    check(options);
  } catch (const Error& e) {
    wrong(blamed(f.overrides, e.what()));
  }
  return options;
}

}  // namespace backflow
