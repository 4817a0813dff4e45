#include "examples/apps/predict/predictions.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/parse_number.h>

namespace backflow {
namespace {

/// As RFC 4180 has it.
std::string cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c;
    if (c == '"') quoted += c;
  }
  return quoted + '"';
}

std::string name_of(const Prediction& p) { return p.name.empty() ? std::to_string(p.label.value_or(0)) : p.name; }

std::string shortest_float(float value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

}  // namespace

Predictions::Predictions(const Form& form, const std::filesystem::path& out) : form_(form) {
  if (!out.empty()) file_ = std::make_unique<files::AtomicFile>(out);
  if (form_.json) return;
  put(str_cat(form_.files ? "file," : "", form_.rows ? "row," : "", "prediction", form_.numbers ? "" : ",probability"));
}

void Predictions::write(const Prediction& p) { put(form_.json ? json(p) : csv(p)); }

void Predictions::commit() {
  if (file_) file_->commit();
  std::cout << std::flush;
  require(std::cout.good(), "standard output cannot be written");
}

void Predictions::put(const std::string& line) {
  if (file_)
    file_->write(line + '\n');
  else
    std::cout << line << '\n';
}

std::string Predictions::csv(const Prediction& p) const {
  std::string line = form_.files ? cell(p.file) + ',' : "";
  if (form_.rows) line += str_cat(p.row.value_or(0), ",");
  if (form_.numbers) return line + files::shortest(p.number);
  return line + cell(name_of(p)) + ',' + shortest_float(p.probability);
}

std::string Predictions::json(const Prediction& p) const {
  nlohmann::ordered_json line;
  if (form_.files) line["file"] = p.file;
  if (form_.rows) line["row"] = p.row.value_or(0);
  if (form_.numbers) {
    line["prediction"] = p.number;
  } else {
    line["prediction"] = name_of(p);
    line["class"] = p.label.value_or(0);
    line["probability"] = p.probability;
  }
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace backflow
