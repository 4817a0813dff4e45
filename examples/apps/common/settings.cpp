#include "examples/apps/common/settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/safetensors.h>

namespace backflow {
namespace {

template <class T>
T parse(const std::string& text, const std::string& key, const std::filesystem::path& file) {
  T value{};
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  require(end.ec == std::errc() && end.ptr == text.data() + text.size(), "'", file.string(), "': '", key,
          "' should be a number, found '", text, "'");
  return value;
}

const std::string& text_of(const Metadata& m, const std::string& key, const std::filesystem::path& file) {
  auto found = m.find(key);
  require(found != m.end(), "'", file.string(), "' has no entry '", key, "': it is not a checkpoint of train");
  return found->second;
}

/// Calls visit(option, member) for every setting, so that writing, reading and comparing list them once.
template <class Settings, class Visit>
void for_each(Settings& s, const Visit& visit) {
  visit("model", s.model);
  visit("hidden", s.hidden);
  visit("data", s.data);
  visit("epochs", s.epochs);
  visit("batch", s.batch);
  visit("optimizer", s.optimizer);
  visit("lr", s.learning_rate);
  visit("momentum", s.momentum);
  visit("nesterov", s.nesterov);
  visit("weight-decay", s.weight_decay);
  visit("label-smoothing", s.label_smoothing);
  visit("schedule", s.schedule);
  visit("warmup", s.warmup);
  visit("drop-every", s.drop_every);
  visit("drop", s.drop);
  visit("seed", s.seed);
  visit("precision", s.precision);
}

std::string to_text(const std::vector<std::int64_t>& v) { return fmt::format("{}", fmt::join(v, ",")); }
template <class T>
std::string to_text(const T& v) {
  return fmt::format("{}", v);
}

struct FromText {
  const std::filesystem::path& file;
  const Metadata& metadata;

  void operator()(const std::string& key, std::string& v) const { v = text_of(metadata, key, file); }
  void operator()(const std::string& key, bool& v) const { v = text_of(metadata, key, file) == "true"; }
  void operator()(const std::string& key, std::vector<std::int64_t>& v) const {
    std::istringstream in(text_of(metadata, key, file));
    v.clear();
    for (std::string part; std::getline(in, part, ',');) v.push_back(parse<std::int64_t>(part, key, file));
  }
  template <class T>
  void operator()(const std::string& key, T& v) const {
    v = parse<T>(text_of(metadata, key, file), key, file);
  }
};

}  // namespace

void check(const TrainSettings& s) {
  require(s.epochs >= 1, "--epochs needs to be ≥ 1, got ", s.epochs);
  require(s.batch >= 1, "--batch needs to be ≥ 1, got ", s.batch);
  require(std::isfinite(s.learning_rate) && s.learning_rate > 0, "--lr needs to be above 0, got ", s.learning_rate);
  require(s.momentum >= 0 && s.momentum < 1, "--momentum needs to be in [0, 1), got ", s.momentum);
  require(s.weight_decay >= 0 && std::isfinite(s.weight_decay), "--weight-decay needs to be ≥ 0, got ", s.weight_decay);
  require(s.label_smoothing >= 0 && s.label_smoothing < 1, "--label-smoothing needs to be in [0, 1), got ",
          s.label_smoothing);
  require(!s.nesterov || s.momentum > 0, "--nesterov needs a --momentum above 0");
  for (auto h : s.hidden) require(h >= 1, "--hidden needs widths ≥ 1, got ", h);
  train::optimizer_of(s.optimizer);
  train::Schedule({.kind = s.schedule,
                   .rate = s.learning_rate,
                   .steps = 1 << 30,
                   .warmup = s.warmup,
                   .drop_every = s.drop_every,
                   .drop = s.drop});
}

Metadata metadata_of(const TrainSettings& s) {
  Metadata m;
  for_each(s, [&](const std::string& key, const auto& value) { m[key] = to_text(value); });
  return m;
}

TrainSettings settings_from(const Metadata& metadata, const TrainSettings& s, const std::vector<std::string>& given,
                            const std::filesystem::path& file) {
  TrainSettings result;
  Metadata complete = metadata;
  complete.emplace("precision", "f32");  // what runs had before there was a choice
  for_each(result, FromText{file, complete});
  const Metadata wanted = metadata_of(s), stored = metadata_of(result);
  for (const std::string& option : given) {
    const std::string key = option.substr(0, 2) == "--" ? option.substr(2) : option;
    auto mine = wanted.find(key);
    require(mine == wanted.end() || mine->second == stored.at(key), "--", key, " is ",
            mine == wanted.end() ? "" : mine->second, ", but the run in '", file.string(), "' has ",
            mine == wanted.end() ? "" : stored.at(key));
  }
  return result;
}

std::int64_t number(const Metadata& metadata, const std::string& key, const std::filesystem::path& file) {
  return parse<std::int64_t>(text_of(metadata, key, file), key, file);
}

double exact_double(const Metadata& metadata, const std::string& key, const std::filesystem::path& file) {
  return parse<double>(text_of(metadata, key, file), key, file);
}

Metadata read_metadata(const std::filesystem::path& file) { return files::read_safetensors(file).metadata; }

}  // namespace backflow
