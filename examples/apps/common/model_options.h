// The options that say how a file is read as a model.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include <backflow/runtime/models/model.h>

namespace backflow {

struct ModelOptions {
  std::string arch, standardize, channels, range, labels;  // empty: as the file says

  /// What becomes of pixels, in the words of runtime/models/standardized.h.
  std::string pixels() const;
};

void add_options(CLI::App& app, ModelOptions& o, const std::string& group = "Options");
/// The model in a folder that train wrote; another path as it is.
std::filesystem::path model_file(const std::filesystem::path& path);
/// As the options say; see below.
std::unique_ptr<models::Model> load_model(const std::string& file, const ModelOptions& options);
/// Throws a UsageError for an architecture that there is not, or where pixels cannot be standardised as `standardize`
/// says; an Error for what is wrong with the file.
std::unique_ptr<models::Model> load_model(const std::string& file, const std::string& arch,
                                          const std::string& standardize);

}  // namespace backflow
