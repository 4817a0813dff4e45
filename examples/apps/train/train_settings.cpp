#include "examples/apps/train/train_settings.h"

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/json.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/files/safetensors.h>
#include <backflow/runtime/files/suggestions.h>
#include "examples/apps/common/program.h"

namespace backflow {
namespace {

const std::string& text_of(const Metadata& m, const std::string& key, const std::filesystem::path& file) {
  auto found = m.find(key);
  require(found != m.end(), "'", file.string(), "' has no entry '", key, "': it is not a checkpoint of train");
  return found->second;
}

template <class T>
T number_of(const Metadata& m, const std::string& key, const std::filesystem::path& file) {
  T value{};
  const std::string& text = text_of(m, key, file);
  require(files::read_number(text, value), "'", file.string(), "': '", key, "' should be a number, found '",
          files::printable(text), "'");
  return value;
}

// Flags that other data do not heed, and former checkpoints do not have.
constexpr const char* kOptionsOfPictures[] = {"image-size", "grey", "test-share"};

/// Those that train::TrainOptions has not.
files::OptionTable own_table(TrainSettings& s) {
  return {
      {"model", &s.model, "the network: mlp, cnn or allconv"},
      {"hidden", &s.hidden, "widths of mlp's hidden layers", {1, static_cast<double>(models::kMaxWidth)}},
      {"data", &s.data, "fashion-mnist, a folder of IDX files or of folders of pictures, or a list of pictures"},
      {"image_size", &s.data_options.pictures.size, "pixels of a side of the squares that pictures become", {1, 4096}},
      {"grey", &s.data_options.pictures.grey, "read pictures as grey"},
      {"test_share",
       &s.data_options.test_share,
       "share of the pictures of each class to test with, where the data have no test set",
       {.min = 0, .max = 1, .open_min = true, .open_max = true}}};
}

}  // namespace

files::OptionTable table(TrainSettings& s) {
  files::OptionTable all = own_table(s);
  for (files::Option& option : train::table(s)) all.push_back(std::move(option));
  return all;
}

void check(const TrainSettings& s, const std::vector<std::string>& given) {
  TrainSettings copy = s;
  try {
    files::check(own_table(copy));
    train::check(s);
    train::check_effects(s, given);
  } catch (const OptionError& e) {
    throw UsageError(str_cat("--", flag_of(*files::find(table(copy), e.option())), " ", e.problem()));
  }
  if (!files::is_utf8(s.data)) throw UsageError("--data needs a name in UTF-8, which checkpoints can hold");
  network_of(s, 1);
  if (s.model != "mlp" && std::find(given.begin(), given.end(), "hidden") != given.end())
    throw UsageError(str_cat("--hidden has no effect with --model ", s.model));
}

Metadata metadata_of(const TrainSettings& s) {
  TrainSettings copy = s;
  Metadata m;
  for (const files::Option& option : table(copy)) m[flag_of(option)] = files::text_of(option);
  return m;
}

TrainSettings settings_from(const Metadata& metadata, const TrainSettings& s, const std::vector<std::string>& given,
                            const std::filesystem::path& file) {
  TrainSettings result;
  Metadata complete = metadata;
  complete.emplace("precision", "f32");  // what runs had before there was a choice
  for (const char* name : kOptionsOfPictures) complete.emplace(name, metadata_of(result).at(name));
  for (const files::Option& option : table(result)) {
    const std::string key = flag_of(option);
    try {
      set(option, text_of(complete, key, file));
    } catch (const OptionError& e) {
      fail("'", file.string(), "': '", key, "' ", e.problem());
    }
  }
  const Metadata wanted = metadata_of(s), stored = metadata_of(result);
  for (const std::string& key : given) {
    const auto mine = wanted.find(key);
    if (key == "epochs")
      result.epochs = s.epochs;
    else if (mine != wanted.end() && mine->second != stored.at(key))
      throw UsageError(str_cat("--", key, " is ", mine->second, ", but the run in '", file.string(), "' has ",
                               files::printable(stored.at(key))));
  }
  return result;
}

void check_data(const TrainSettings& s, const data::Split& data, const std::vector<std::string>& given) {
  for (const char* name : kOptionsOfPictures)
    if (data.kind != "pictures" && std::find(given.begin(), given.end(), name) != given.end())
      throw UsageError(str_cat("--", name, " is for pictures, but '", s.data, "' has ", data.kind));
}

models::Network network_of(const TrainSettings& s, int classes) {
  try {
    return models::train_network(s.model, s.hidden, classes);
  } catch (const Error& e) {
    throw UsageError(str_cat("--model: ", e.what()));
  }
}

std::int64_t number(const Metadata& metadata, const std::string& key, const std::filesystem::path& file) {
  return number_of<std::int64_t>(metadata, key, file);
}

double exact_double(const Metadata& metadata, const std::string& key, const std::filesystem::path& file) {
  return number_of<double>(metadata, key, file);
}

Metadata read_metadata(const std::filesystem::path& file) { return files::read_safetensors_metadata(file); }

}  // namespace backflow
