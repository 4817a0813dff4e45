// What a run of `attack` is asked for.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <backflow/runtime/attack/attack.h>
#include <backflow/runtime/attack/certify.h>
#include "examples/apps/common/model_options.h"

namespace backflow {

struct AttackSettings : ModelOptions {
  std::filesystem::path model;
  std::string data;                 // as train has it; empty: photos
  std::vector<std::string> photos;  // their classes are those that the network sees in them
  Norm norm = Norm::linf;
  std::vector<float> epsilons;  // ascending; empty: no attacks
  std::vector<attack::Method> methods;
  bool suite = false;  // the methods are all that know the norm
  attack::AttackOptions options;
  std::int64_t queries = 0;  // of square
  std::optional<attack::CertifyOptions> certify;
  std::int64_t limit = 500;    // samples
  std::int64_t batch = 0;      // 0: as the image's size suggests
  std::int64_t pictures = 24;  // on the contact sheet
  std::optional<bool> sanity;  // nothing: with the suite

  bool checks_sanity() const { return sanity.value_or(suite) && !epsilons.empty(); }
};

/// What the command line says in words of its own.
struct AttackFlags {
  AttackSettings settings;
  std::string epsilons, methods, certify;
  std::filesystem::path out;
  int threads = 0;
  bool json = false, overwrite = false, quiet = false;
  std::vector<std::string> given;  // options, without dashes
};

void add_options(CLI::App& app, AttackFlags& flags);
/// The settings, checked. Throws a UsageError for what makes no sense.
AttackSettings settings_of(const AttackFlags& flags);
/// One line of JSON of all that results depend on.
std::string settings_json(const AttackSettings& settings);

}  // namespace backflow
