#include "examples/apps/attack/attack_settings.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include <backflow/graph/error.h>
#include <backflow/runtime/attack/threat.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/files/suggestions.h>
#include "examples/apps/common/completion.h"
#include "examples/apps/common/flags.h"
#include "examples/apps/common/program.h"
#include "examples/apps/train/train_settings.h"

namespace backflow {
namespace {

using attack::Method;

constexpr const char* kSuite = "suite";

/// Which methods heed an option; one that none of the chosen ones heeds is a mistake.
const std::map<std::string, std::vector<Method>> kHeeded{
    {"steps", {Method::pgd, Method::mim, Method::deepfool, Method::cw}},
    {"restarts", {Method::pgd, Method::mim, Method::square}},
    {"rate", {Method::pgd, Method::mim}},
    {"random-start", {Method::pgd}},
    {"momentum", {Method::mim}},
    {"overshoot", {Method::deepfool}},
    {"candidates", {Method::deepfool}},
    {"confidence", {Method::cw}},
    {"searches", {Method::cw}},
    {"learning-rate", {Method::cw}},
    {"share", {Method::square}},
    {"queries", {Method::square}}};

files::OptionTable own_table(AttackSettings& s) {
  return {{"norm", enum_member(s.norm), "how changes are measured"},
          {"limit", &s.limit, "samples of the test set, evenly spread over it; 0: all", {0, 100'000'000}},
          {"batch", &s.batch, "samples at once; 0: as suits their size", {0, 65536}},
          {"pictures", &s.pictures, "the smallest adversarial ones, on the contact sheet", {0, 1000}}};
}

files::OptionTable method_table(AttackSettings& s) {
  files::OptionTable all = attack::table(s.options);
  all.push_back({"queries", &s.queries, "of square; 0: 1000", {0, 10'000'000}});
  return all;
}

std::vector<std::string> method_words() {
  std::vector<std::string> words(kEnumNames<Method>.begin(), kEnumNames<Method>.end());
  words.emplace_back(kSuite);
  return words;
}

void read_epsilons(const std::string& text, AttackSettings& s) {
  for (const std::string& part : parts_of(text)) {
    try {
      s.epsilons.push_back(attack::parse_threat(name_of(s.norm) + ":" + part).epsilon);
    } catch (const OptionError&) {
      throw UsageError(str_cat("--eps needs radii above 0", s.norm == Norm::linf ? " and below 1" : "",
                               ", such as 0.1 or 2/255,4/255,8/255, got '", files::printable(text), "'"));
    }
  }
  std::sort(s.epsilons.begin(), s.epsilons.end());
  s.epsilons.erase(std::unique(s.epsilons.begin(), s.epsilons.end()), s.epsilons.end());
  if (s.epsilons.empty()) throw UsageError("--eps needs a radius, such as 0.1 or 8/255");
}

void read_methods(const std::string& text, AttackSettings& s) {
  const auto words = method_words();
  for (const std::string& part : parts_of(text)) {
    const auto found = std::find(words.begin(), words.end(), part);
    if (found == words.end())
      throw UsageError(
          str_cat("--method needs ", listed(words), ", or several with commas, got '", files::printable(text), "'"));
    if (part == kSuite)
      s.suite = true;
    else if (const auto method = static_cast<Method>(found - words.begin()); !attack::supports(method, s.norm))
      throw UsageError(str_cat("--method ", part, " is an attack for --norm l2"));
  }
  const auto parts = parts_of(text);
  for (std::size_t m = 0; m + 1 < words.size(); ++m) {
    const bool named = std::find(parts.begin(), parts.end(), words[m]) != parts.end();
    const auto method = static_cast<Method>(m);
    if (named || (s.suite && attack::supports(method, s.norm))) s.methods.push_back(method);
  }
  if (s.methods.empty()) throw UsageError(str_cat("--method needs ", listed(words)));
}

void read_certify(const std::string& text, AttackSettings& s) {
  attack::CertifyOptions o{.seed = s.options.seed};
  auto table = attack::table(o);
  std::erase_if(table, [](const files::Option& option) { return option.name == "seed"; });
  try {
    for (const std::string& part : parts_of(text)) {
      const std::size_t equals = part.find('=');
      if (equals == std::string::npos)
        throw UsageError(str_cat("--certify needs NAME=VALUE,… of ", listed(files::names_of(table)),
                                 ", such as sigma=0.25, got '", files::printable(part), "'"));
      files::set(files::at(table, part.substr(0, equals), "--certify: "), part.substr(equals + 1));
    }
    files::check(table);
  } catch (const Error& e) {
    throw UsageError(std::string(e.what()).starts_with("--certify") ? e.what() : str_cat("--certify: ", e.what()));
  }
  s.certify = o;
}

void check_heeded(const AttackFlags& flags, const AttackSettings& s) {
  for (const std::string& given : flags.given) {
    const auto found = kHeeded.find(given);
    if (found == kHeeded.end()) continue;
    const auto heeds = [&](Method m) {
      return std::find(found->second.begin(), found->second.end(), m) != found->second.end();
    };
    if (std::any_of(s.methods.begin(), s.methods.end(), heeds)) continue;
    std::vector<std::string> names;
    for (const Method m : found->second) names.push_back(name_of(m));
    throw UsageError(str_cat("--", given, " has no effect: it is for --method ", listed(names)));
  }
}

}  // namespace

void add_options(CLI::App& app, AttackFlags& f) {
  AttackSettings& s = f.settings;
  app.add_option("--model", s.model,
                 "what train wrote, the file or its folder; an ONNX file, or one with torchvision's names")
      ->required()
      ->type_name("FILE|DIR");
  app.add_option("--data", s.data, "whose test set is attacked: all that train --data takes, but for tables")
      ->type_name("DIR");
  app.add_option("PHOTO", s.photos, "or PNG, JPEG, WebP or GIF: the class is what the network sees in it")
      ->type_name("FILE");
  app.add_option("--eps", f.epsilons, "radii of the ball, of pixels in 0 … 1: 0.1 or 2/255,4/255,8/255")
      ->type_name("X,X,...");
  complete_with(*app.add_option("--method", f.methods, str_cat(listed(method_words()), ", or several with commas"))
                     ->type_name("WORD")
                     ->default_str(kSuite),
                method_words());
  add_flags(app, own_table(s));
  app.add_flag_function(
      "--sanity,!--no-sanity", [&s](std::int64_t n) { s.sanity = n > 0; },
      "check that the attacks work, on 100 samples; default: with the suite");
  app.add_option(
         "--certify", f.certify,
         "radii that no attack breaks, by randomised smoothing: sigma=0.25,copies=10000,selection=100,alpha=0.001")
      ->type_name("TEXT");
  app.add_option("--out", f.out, "writes attack.json and adversarial.png into this folder")->type_name("DIR");
  app.add_flag("--overwrite", f.overwrite, "replace the results of another run");
  app.add_flag("--json", f.json, "print what attack.json has in place of tables");
  app.add_flag("--quiet", f.quiet, "no progress");
  app.add_option("--threads", f.threads, "workers; default: the CPUs that this process may use")
      ->check(CLI::Range(1, 1024));
  add_flags(app, method_table(s), "Methods");
  add_options(app, static_cast<ModelOptions&>(s), "Model");
}

AttackSettings settings_of(const AttackFlags& flags) {
  AttackSettings s = flags.settings;
  if (s.data.empty() == s.photos.empty())
    throw UsageError(s.data.empty() ? "what is to be attacked? --data DIR or PHOTO …"
                                    : "--data and PHOTO exclude each other");
  if (flags.epsilons.empty() && !is_given(flags.given, "eps") && flags.certify.empty())
    throw UsageError("--eps says how far pixels may change, such as 8/255; without attacks --certify is needed");
  if (is_given(flags.given, "eps")) {
    read_epsilons(flags.epsilons, s);
    read_methods(flags.methods.empty() ? kSuite : flags.methods, s);
  } else if (is_given(flags.given, "method")) {
    throw UsageError("--method needs --eps");
  }
  check_heeded(flags, s);
  if (is_given(flags.given, "certify")) read_certify(flags.certify, s);
  s.model = model_file(s.model);
  return s;
}

std::string settings_json(const AttackSettings& settings) {
  AttackSettings s = settings;
  using Json = nlohmann::ordered_json;
  Json json{{"model", s.model.string()}};
  for (const auto& [name, text] : {std::pair{"arch", s.arch}, {"pixels", s.pixels()}, {"labels", s.labels}})
    if (!text.empty()) json[name] = text;
  if (s.data.empty())
    json["photos"] = s.photos;
  else
    json["data"] = s.data;
  json.update(Json::parse(files::to_json(own_table(s))));
  if (!s.epsilons.empty()) {
    for (const float e : s.epsilons)
      json["eps"].push_back(std::stod(attack::to_string({s.norm, e}).substr(name_of(s.norm).size() + 1)));
    for (const Method m : s.methods) json["methods"].push_back(name_of(m));
    json["sanity"] = s.checks_sanity();
  }
  json["options"] = Json::parse(files::to_json(method_table(s)));
  if (s.certify) json["certify"] = Json::parse(files::to_json(attack::table(*s.certify)));
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace backflow
