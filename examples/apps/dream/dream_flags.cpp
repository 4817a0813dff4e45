#include "examples/apps/dream/dream_flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include <backflow/graph/error.h>
#include <backflow/runtime/dream/option_table.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/files/suggestions.h>
#include "examples/apps/common/completion.h"
#include "examples/apps/common/flags.h"
#include "examples/apps/common/memory_limit.h"
#include "examples/apps/common/program.h"

namespace backflow {
namespace {

constexpr std::int64_t kUsualBlurEvery = 4;
constexpr const char* kSettings = "Settings, over those of the preset (--show-settings prints them)";

std::vector<std::string> parts_of(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// "--blur X", "--blur X,END" and "--blur X,END,EVERY" as overrides of the names, as many as there are.
void add_list(std::vector<DreamOverride>& overrides, const std::string& flag, const std::string& text,
              const std::vector<std::string>& names) {
  auto parts = parts_of(text, ',');
  if (parts.size() > names.size())
    throw CLI::ValidationError(flag, str_cat("takes at most ", names.size(), " numbers, got '", text, "'"));
  if (parts.size() == 1 && names.size() > 1) parts.push_back(parts[0]);
  for (std::size_t i = 0; i < parts.size(); ++i) overrides.push_back({flag, names[i], parts[i]});
}

void add_blur(std::vector<DreamOverride>& overrides, const std::string& text) {
  if (text == "0") return overrides.push_back({"--blur", "blur_every", "0"});
  const bool has_every = std::count(text.begin(), text.end(), ',') == 2;
  if (!has_every) overrides.push_back({"--blur", "blur_every", std::to_string(kUsualBlurEvery)});
  add_list(overrides, "--blur", text, {"blur", "blur_end", "blur_every"});
}

void add_setting(std::vector<DreamOverride>& overrides, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) throw CLI::ValidationError("--set", "takes NAME=VALUE, got '" + text + "'");
  overrides.push_back({"--set", text.substr(0, equals), text.substr(equals + 1)});
}

void add_what(CLI::App& app, DreamFlags& f) {
  const auto add = [&](const char* flag, auto& member, const char* type, const char* help) {
    return app.add_option(flag, member, help)->type_name(type)->group("What is made");
  };
  add("--model", f.models, "FILE", "the network: .onnx or .safetensors; several: the image is made for all of them");
  add_options(app, f.model, "What is made");
  add("--target", f.targets, "TARGET",
      "class:88, class:macaw, layer:NAME, layer:NAME:CHANNEL, layer:NAME:CHANNEL:ROW,COLUMN; a contact sheet: "
      "class:*, layer:*, layer:NAME:*, layer:NAME:3-9. Each is an image");
  add("--objective", f.objectives, "SUM", "one image for a sum: 'class:macaw - 0.5*layer:conv4:7'");
  const std::vector<std::string> presets{"naive", "homework", "deepdream", "quality", "maco"};
  const std::string preset_help = listed(presets) + "; default: quality, deepdream on a photo";
  complete_with(*add("--preset", f.preset, "NAME", preset_help.c_str()), presets);
  add("--size", f.size, "N or WxH", "pixels; of a photo the shorter side; default: what the network reads");
  complete_with(*add("--start", f.start, "FILE", "noise, grey, or a photo: PNG, JPEG, WebP or GIF"), {"noise", "grey"});
  add("--guide", f.guide, "FILE", "the photo of guide:, style:, caricature: and invert:");
  add("--mask", f.mask, "FILE", "an image whose black pixels keep their start values");
}

void add_settings(CLI::App& app, DreamFlags& f) {
  // Those that have a flag of their own, which sets several of them.
  static const std::set<std::string> elsewhere{
      "width", "height",   "start",     "learning_rate", "learning_rate_end", "gradient_blur", "gradient_blur_end",
      "blur",  "blur_end", "blur_every"};
  const auto list = [&](const char* flag, std::vector<std::string> names, const char* type, const char* help) {
    app.add_option_function<std::string>(
           flag, [&f, flag, names](const std::string& v) { add_list(f.overrides, flag, v, names); }, help)
        ->type_name(type)
        ->group(kSettings);
  };
  list("--lr", {"learning_rate", "learning_rate_end"}, "X[,END]", "length of a step, first and last");
  list("--grad-blur", {"gradient_blur", "gradient_blur_end"}, "X[,END]",
       "σ in pixels of the gradient's blur, first and last");
  app.add_option_function<std::string>(
         "--blur", [&f](const std::string& v) { add_blur(f.overrides, v); },
         "σ in pixels of the image's blur, first and last, and the steps between two; 0: none")
      ->type_name("X[,END[,N]]")
      ->group(kSettings);
  dream::DreamOptions usual;
  for (const files::Option& o : dream::table(usual)) {
    if (elsewhere.contains(o.name)) continue;
    const std::string flag = "--" + flag_of(o);
    add_flag(app, o,
             [&f, flag, name = o.name](const std::string& v) {
               f.overrides.push_back({flag, name, v});
             })
        ->default_str("")
        ->group(kSettings);
  }
  app.add_option_function<std::vector<std::string>>(
         "--set",
         [&f](const std::vector<std::string>& all) {
           for (const auto& v : all) add_setting(f.overrides, v);
         },
         "any of these by its name in JSON")
      ->type_name("NAME=VALUE")
      ->group(kSettings);
}

void add_program(CLI::App& app, DreamFlags& f) {
  using files::at_least;
  add_flags(app,
            {
                {"threads", &f.threads, "workers; default: the CPUs that this process may use", {1, 1024}},
                {"memory_report", &f.memory_report,
                 "print what holds how much memory, before the first step or where the limit refuses the run"},
                {"out", &f.out, "folder for the results; relative names of the files below are in it"},
                {"overwrite", &f.overwrite,
                 "give up an unfinished run of other settings in --out, or images that --limit-steps would cut short"},
                {"grid", &f.grid, "write all images on one sheet: .png or .jpg"},
                {"animation", &f.animation, "write how the images came to be: .webp or .gif"},
                {"report", &f.report, "write one page with images, measures, curves and settings: .html"},
                {"every", &f.every, "write an image after every N steps, in OUT/frames/", at_least(1)},
                {"state_every", &f.state_every, "keep states for --resume every N seconds; 0: every step", at_least(0)},
                {"judge", &f.judge, "another network that says what it sees in the results"},
                {"limit_steps", &f.limit_steps, "stop after N steps of each image; --resume goes on", at_least(1)},
                {"resume", &f.resume, "go on with the run in --out, to the same bytes as without interruption"},
                {"again", &f.again, "make this PNG again from the settings in it, and say whether it is identical"},
                {"list_layers", &f.list_layers, "print what can be a target"},
                {"show_settings", &f.show_settings, "print the settings that a run with these flags has, and end"},
                {"quiet", &f.quiet, "print only errors"},
            },
            "The run");
  add_max_memory(app, f.max_memory,
                 "bytes for all images, weights not counted, such as 500M or 2GiB; an image that needs more computes "
                 "activations a second time, others wait",
                 "The run");
  app.footer(
      "Examples:\n  dream --model out/model.safetensors --target 'class:*' --preset homework --out out/dreams\n"
      "  dream --model net.onnx --target layer:conv4 --start photo.jpg --animation dream.webp");
}

[[noreturn]] void wrong(const std::string& sentence) { throw UsageError(sentence); }

void check_ending(const std::string& flag, const std::filesystem::path& file, const std::vector<std::string>& endings) {
  const std::string ending = files::lower_case(file.extension().string());
  if (file.empty() || std::find(endings.begin(), endings.end(), ending) != endings.end()) return;
  wrong(fmt::format("{} needs a name that ends with {}, got '{}'", flag, fmt::join(endings, " or "), file.string()));
}

/// The sentence about the option, said of the last flag that set it.
std::string blamed(const std::vector<DreamOverride>& overrides, const OptionError& e) {
  for (auto o = overrides.rbegin(); o != overrides.rend(); ++o)
    if (o->name == e.option()) return str_cat(o->flag, ": ", e.option(), " ", e.problem());
  return str_cat(e.option(), " ", e.problem());
}

}  // namespace

void add_options(CLI::App& app, DreamFlags& flags) {
  add_what(app, flags);
  add_settings(app, flags);
  add_program(app, flags);
}

void check(const DreamFlags& f) {
  check_ending("--animation", f.animation, {".webp", ".gif"});
  check_ending("--grid", f.grid, {".png", ".jpg", ".jpeg"});
  if (f.resume && !f.again.empty()) wrong("--resume goes on with a folder, --again makes a file: give one of them");
  if (f.resume || !f.again.empty()) {
    const std::vector<std::string> also{"--again",      "--resume", "--out",           "--threads",     "--judge",
                                        "--max-memory", "--grid",   "--quiet",         "--limit-steps", "--animation",
                                        "--every",      "--report", "--memory-report", "--state-every"};
    for (const std::string& flag : f.given)
      if (std::find(also.begin(), also.end(), flag) == also.end())
        wrong(str_cat(flag, " is not taken: ", f.resume ? "--resume" : "--again", " has all settings already"));
    return;
  }
  if (f.show_settings) return;
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

std::string settings_text(dream::DreamOptions options) {
  std::string text;
  for (const files::Option& o : dream::table(options)) text += fmt::format("{:<20} {}\n", o.name, text_of(o));
  return text;
}

bool starts_from_photo(const DreamFlags& f) { return !f.start.empty() && f.start != "noise" && f.start != "grey"; }

dream::DreamOptions options_of(const DreamFlags& f, DreamSize size) {
  dream::DreamOptions options;
  const bool photo = starts_from_photo(f);
  try {
    options = dream::preset(f.preset.empty() ? (photo ? "deepdream" : "quality") : f.preset, size.width, size.height);
  } catch (const Error& e) {
    wrong(str_cat("--preset: ", e.what()));
  }
  if (!f.start.empty()) options.start = photo ? dream::Start::photo : value_of<dream::Start>("start", f.start);
  for (const DreamOverride& o : f.overrides) try {
      dream::set_option(options, o.name, o.value);
    } catch (const Error& e) {
      wrong(str_cat(o.flag, ": ", e.what()));
    }
  try {
    check(options);
  } catch (const OptionError& e) {
    wrong(blamed(f.overrides, e));
  } catch (const Error& e) {
    wrong(e.what());
  }
  return options;
}

}  // namespace backflow
