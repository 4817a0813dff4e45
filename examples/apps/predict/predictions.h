// Lines of predictions: CSV with a header, or JSON.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <backflow/runtime/files/atomic_file.h>

namespace backflow {

struct Prediction {
  std::string file;
  std::optional<std::size_t> row = {};  // of a table, 1 for the first below the names
  std::optional<std::int64_t> label = {};
  std::string name = {};  // of the class; empty: its number
  float probability = 0;
  double number = 0;  // of a regression
};

class Predictions {
 public:
  struct Form {
    bool json = false;
    bool files = true;     // name the file on each line
    bool rows = false;     // of tables
    bool numbers = false;  // of a regression
  };

  /// To standard output, or to `out`, which appears whole with commit() or not at all.
  Predictions(const Form& form, const std::filesystem::path& out);

  void write(const Prediction& p);
  void commit();

 private:
  void put(const std::string& line);
  std::string csv(const Prediction& p) const;
  std::string json(const Prediction& p) const;

  Form form_;
  std::unique_ptr<files::AtomicFile> file_;
};

}  // namespace backflow
