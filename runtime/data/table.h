// Tables as text: CSV and TSV with the names of the columns in the first row, plain or gzip.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace backflow::data {

/// Columns of a table and features that they may become.
constexpr std::size_t kMaxColumns = 1 << 16, kMaxFeatures = 1 << 17;

/// Cells without their quotes, and, unless they are quoted, without spaces around them.
class Table {
 public:
  /// Reads a file as RFC 4180 has it: cells between commas, tabs or semicolons, whichever the first line has most of;
  /// quotes around a cell that has one of them or a line end, "" for a quote in it. Lines end with LF or CRLF; empty
  /// ones do not count. Throws an Error that names the file and, where there is one, the line: for what is no such
  /// table, rows of another length than the first, columns without a name or with that of another one, no names at all,
  /// no rows.
  explicit Table(const std::filesystem::path& file);

  const std::string& file() const { return file_; }
  const std::vector<std::string>& columns() const { return columns_; }
  std::size_t rows() const { return lines_.size(); }
  std::string_view cell(std::size_t row, std::size_t column) const;
  /// "FILE:LINE, column 'NAME'"
  std::string where(std::size_t row, std::size_t column) const;
  std::size_t line(std::size_t row) const { return lines_.at(row); }
  char delimiter() const { return delimiter_; }

 private:
  friend class TableReader;

  std::string file_;
  char delimiter_ = ',';
  std::vector<std::string> columns_;
  std::string text_;                 // all cells, one behind the other
  std::vector<std::uint64_t> ends_;  // of each cell in it
  std::vector<std::size_t> lines_;   // where each row begins, 1 for the first
};

/// Whether a cell stands for no value: empty, ?, NA, N/A, NaN or null, in capitals or not.
bool is_missing(std::string_view cell);
/// A finite number; false for anything else.
bool read_cell(std::string_view cell, double& number);

}  // namespace backflow::data
