#include <backflow/runtime/data/table.h>

#include <csv.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/unpacked_file.h>
#include <backflow/runtime/files/json.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::data {
namespace {

constexpr std::size_t kTableBytesAtOnce = std::size_t{1} << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// What the first line has most of, outside quotes.
char delimiter_of(std::string_view text) {
  constexpr std::string_view delimiters = ",\t;";
  std::array<std::size_t, 3> count{};
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '\n' || c == '\r')) break;
    const std::size_t which = delimiters.find(c);
    if (!quoted && which != std::string_view::npos) ++count[which];
  }
  return delimiters[static_cast<std::size_t>(std::max_element(count.begin(), count.end()) - count.begin())];
}

}  // namespace

/// Fills a table by libcsv, which calls back for each cell and each row. An error waits until libcsv has returned.
class TableReader {
 public:
  TableReader(Table& table, const std::filesystem::path& file) : table_(table), input_(file) {
    require(csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) == 0, "[data] cannot read ", input_.name(),
            ": there is no memory for libcsv");
  }
  ~TableReader() { csv_free(&parser_); }
  TableReader(const TableReader&) = delete;
  TableReader& operator=(const TableReader&) = delete;

  void read() {
    std::string piece(kTableBytesAtOnce, '\0');
    std::size_t total = 0;
    for (;;) {
      const std::size_t got = input_.read({reinterpret_cast<std::uint8_t*>(piece.data()), piece.size()});
      if (got == 0) break;
      parse(std::string_view(piece).substr(0, got), total == 0);
      total += got;
      require(total <= input_.most_bytes(), "[data] ", input_.name(), " unpacks to more than ", input_.most_bytes(),
              " bytes");
    }
    require(total > 0, "[data] ", input_.name(), " is empty, expected a table with the columns' names in line 1");
    const std::size_t quoted_from = line_;
    const bool whole = csv_fini(&parser_, on_cell, on_row, this) == 0;
    check_error();
    require(whole, "[data] ", input_.name(), ":", quoted_from, ": a quote (\") is opened and never closed");
  }

 private:
  static void on_cell(void* text, std::size_t length, void* self) {
    static_cast<TableReader*>(self)->add_cell({static_cast<const char*>(text), length});
  }
  static void on_row(int end, void* self) { static_cast<TableReader*>(self)->end_row(end); }

  void parse(std::string_view text, bool first) {
    require(text.find('\0') == std::string_view::npos, "[data] ", input_.name(), ":",
            line_ + lines_in(text.substr(0, text.find('\0'))), ": found a NUL byte; a table is text in UTF-8");
    if (first) {
      if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
      table_.delimiter_ = delimiter_of(text);
      csv_set_delim(&parser_, static_cast<unsigned char>(table_.delimiter_));
    }
    const std::size_t done = csv_parse(&parser_, text.data(), text.size(), on_cell, on_row, this);
    check_error();
    require(done == text.size() || csv_error(&parser_) != CSV_ENOMEM, "[data] cannot read ", input_.name(),
            ": there is no memory");
    require(done == text.size(), "[data] ", input_.name(), ":", line_,
            ": a quote (\") belongs around a whole cell; inside one it is written twice");
  }

  static std::size_t lines_in(std::string_view text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  void check_error() const { require(error_.empty(), "[data] ", error_); }

  template <class... Parts>
  void refuse(const Parts&... parts) {
    if (error_.empty()) error_ = str_cat(input_.name(), ":", row_line_, ": ", parts...);
  }

  void add_cell(std::string_view cell) {
    ended_by_return_ = false;
    ++cells_;
    line_ += lines_in(cell);
    if (!error_.empty()) return;
    if (cells_ > kMaxColumns) return refuse("more than ", kMaxColumns, " columns");
    if (!has_header_) return table_.columns_.emplace_back(cell), void();
    table_.text_ += cell;
    table_.ends_.push_back(table_.text_.size());
  }

  void end_row(int end) {
    if (cells_ > 0 && error_.empty()) add_row();
    cells_ = 0;
    if (end != '\n' || !ended_by_return_) ++line_;  // CRLF is one
    ended_by_return_ = end == '\r';
    row_line_ = line_;
  }

  void add_row() {
    const std::size_t wanted = table_.columns_.size();
    if (!has_header_)
      has_header_ = true;
    else if (cells_ == wanted)
      table_.lines_.push_back(row_line_);
    else
      refuse("the row has ", cells_, cells_ == 1 ? " cell" : " cells", ", the first line names ", wanted, " columns");
  }

  Table& table_;
  UnpackedFile input_;
  csv_parser parser_{};
  std::string error_;
  std::size_t line_ = 1, row_line_ = 1, cells_ = 0;
  bool has_header_ = false, ended_by_return_ = false;
};

namespace {

/// The first line should be names, and different ones.
void check_names(const Table& table) {
  const auto& names = table.columns();
  const std::string where = str_cat("[data] ", table.file(), ":1: ");
  require(names.size() >= 2, where, "found ", names.size(), names.size() == 1 ? " column" : " columns",
          ", expected names of two or more between commas, tabs or semicolons");
  double ignored = 0;
  const auto numbers = std::count_if(names.begin(), names.end(), [&](const auto& n) { return read_cell(n, ignored); });
  require(2 * static_cast<std::size_t>(numbers) < names.size(), where, "the first line should be the names of the ",
          "columns, found numbers: '", files::printable(names[0]), "', '", files::printable(names[1]), "', …");
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    require(!names[i].empty(), where, "column ", i + 1, " has no name");
    require(files::is_utf8(names[i]), where, "the name of column ", i + 1, " should be UTF-8");
    require(seen.insert(names[i]).second, where, "two columns are called '", files::printable(names[i]), "'");
  }
}

}  // namespace

Table::Table(const std::filesystem::path& file) : file_(file.string()) {
  TableReader(*this, file).read();
  check_names(*this);
  require(rows() > 0, "[data] ", file_, " has names of columns but no rows");
}

std::string_view Table::cell(std::size_t row, std::size_t column) const {
  const std::size_t i = row * columns_.size() + column, begin = i == 0 ? 0 : ends_[i - 1];
  return std::string_view(text_).substr(begin, ends_[i] - begin);
}

std::string Table::where(std::size_t row, std::size_t column) const {
  return str_cat(file_, ":", line(row), ", column '", files::printable(columns_[column]), "'");
}

bool is_missing(std::string_view cell) {
  if (cell.empty() || cell == "?") return true;
  if (cell.size() > 4) return false;
  const std::string text = files::lower_case(std::string(cell));
  return text == "na" || text == "n/a" || text == "nan" || text == "null";
}

bool read_cell(std::string_view cell, double& number) {
  if (cell.starts_with('+') && !cell.starts_with("+-")) cell.remove_prefix(1);
  double found = 0;
  if (!files::read_number(cell, found) || !std::isfinite(found)) return false;
  number = found;
  return true;
}

}  // namespace backflow::data
