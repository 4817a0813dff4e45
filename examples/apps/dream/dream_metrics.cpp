#include "examples/apps/dream/dream_metrics.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/atomic_file.h>
#include <backflow/runtime/files/json.h>
#include <backflow/runtime/files/located_json.h>

namespace backflow {
namespace {

using Json = nlohmann::ordered_json;

/// False if the line is not one of metrics_line().
bool read_line(const std::string& line, std::string& target, dream::DreamStep& step) {
  Json j = files::parse_json(line, "");
  if (!j.is_object()) return false;
  if (j.contains("rate")) j["learning_rate"] = j["rate"];  // its former name
  for (const char* name : {"step", "width", "height"})
    if (!j.contains(name) || !j[name].is_number_integer()) return false;
  for (const char* name : {"objective", "learning_rate"})
    if (!j.contains(name) || !j[name].is_number()) return false;
  if (!j.contains("target") || !j["target"].is_string() || !j.contains("probability")) return false;
  target = j["target"].get<std::string>();
  step.step = j["step"].get<std::int64_t>();
  step.objective = j["objective"].get<double>();
  step.probability = j["probability"].is_number() ? j["probability"].get<double>() : -1;
  step.learning_rate = j["learning_rate"].get<double>();
  step.width = j["width"].get<std::int64_t>();
  step.height = j["height"].get<std::int64_t>();
  return true;
}

}  // namespace

std::string metrics_line(const std::string& target, const dream::DreamStep& s) {
  const Json j{{"target", target},
               {"step", s.step},
               {"objective", s.objective},
               {"probability", s.probability >= 0 ? Json(s.probability) : Json()},
               {"learning_rate", s.learning_rate},
               {"width", s.width},
               {"height", s.height}};
  return j.dump() + "\n";
}

StepsByTarget read_metrics(const std::filesystem::path& file) {
  StepsByTarget steps;
  if (!std::filesystem::exists(file)) return steps;
  std::istringstream in(files::read_text(file));
  std::string line, target;
  for (int number = 1; std::getline(in, line); ++number) {
    dream::DreamStep step;
    const bool ok = read_line(line, target, step);
    require(ok || in.eof(), "[", file.string(), "] line ", number, " is not one of metrics of dream");
    if (ok) steps[target].push_back(step);
  }
  return steps;
}

DreamMetrics::DreamMetrics(std::filesystem::path file, std::vector<std::string> targets, StepsByTarget before)
    : file_(std::move(file)), targets_(std::move(targets)), steps_(std::move(before)) {
  open();
}

void DreamMetrics::open() {
  files::write_file(file_, text());
  out_ = std::make_unique<files::OutputFile>(file_, files::OutputFile::Open::append);
  lines_.clear();
}

void DreamMetrics::add(const std::string& target, const dream::DreamStep& step) {
  steps_[target].push_back(step);
  lines_ += metrics_line(target, step);
}

void DreamMetrics::flush() {
  if (!out_) return;
  try {
    out_->write(lines_);
    out_->flush();
    lines_.clear();
  } catch (const Error&) {
    out_.reset();
    throw;
  }
}

void DreamMetrics::sync() {
  flush();
  if (!out_) return open();
  out_->sync();
}

std::string DreamMetrics::text() {
  std::string all;
  for (const std::string& target : targets_)
    for (const dream::DreamStep& step : steps_[target]) all += metrics_line(target, step);
  return all;
}

void DreamMetrics::finish() {
  out_.reset();
  files::write_file(file_, text());
}

}  // namespace backflow
