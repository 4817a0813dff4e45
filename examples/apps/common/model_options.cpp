#include "examples/apps/common/model_options.h"

#include <algorithm>

#include <backflow/graph/enum_names.h>
#include <backflow/graph/error.h>
#include <backflow/runtime/models/standardized.h>
#include "examples/apps/common/completion.h"
#include "examples/apps/common/program.h"

namespace backflow {

void add_options(CLI::App& app, ModelOptions& o, const std::string& group) {
  const auto add = [&](const char* flag, std::string& value, const char* type, const std::string& help) {
    return app.add_option(flag, value, help)->type_name(type)->group(group);
  };
  const auto all = models::architectures();
  complete_with(*add("--arch", o.arch, "NAME", str_cat("of a safetensors file that does not say it: ", listed(all))),
                all);
  complete_with(*add("--standardize", o.standardize, "TEXT",
                     "what the network reads: imagenet, none or MEAN/STDDEV of pixels in 0 … 1, a number or one a "
                     "channel; default: what the file records, otherwise ImageNet's values"),
                {"imagenet", "none"});
  const std::vector<std::string> orders{"rgb", "bgr"}, ranges{"1", "255", "-1..1"};
  const auto one_of = [&](const char* flag, std::string& value, const std::vector<std::string>& known,
                          const std::string& help) {
    complete_with(*add(flag, value, "NAME", help)->check(CLI::IsMember(known)), known);
  };
  one_of("--channels", o.channels, orders, "rgb or bgr: the order of colours that the network reads; default: rgb");
  one_of(
      "--range", o.range, ranges,
      "1, 255 or -1..1: the network reads pixels in 0 … 1, 0 … 255 or -1 … 1; --standardize is then of these numbers, "
      "default none");
  add("--labels", o.labels, "FILE", "a text file with the name of each class on a line");
}

std::string ModelOptions::pixels() const {
  std::string words = channels == "bgr" ? "bgr " : "";
  if (range == "255") words += "0..255 ";
  if (range == "-1..1") words += "-1..1 ";
  words += range == "1" && standardize.empty() ? "none" : standardize;
  if (words.ends_with(' ')) words.pop_back();
  return words;
}

std::filesystem::path model_file(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored) ? path / "model.safetensors" : path;
}

std::unique_ptr<models::Model> load_model(const std::string& file, const ModelOptions& options) {
  return load_model(file, options.arch, options.pixels());
}

std::unique_ptr<models::Model> load_model(const std::string& file, const std::string& arch,
                                          const std::string& standardize) {
  const auto all = models::architectures();
  if (!arch.empty() && std::find(all.begin(), all.end(), arch) == all.end())
    throw UsageError(str_cat("--arch needs to be ", listed(all), ", got '", arch, "'"));
  auto model = models::load_model(file, arch);
  try {
    return models::standardized(std::move(model), standardize);
  } catch (const Error& e) {
    throw UsageError(str_cat("--standardize: ", e.what()));
  }
}

}  // namespace backflow
