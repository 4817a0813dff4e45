#include <backflow/runtime/data/table.h>

#include "tests/support/idx.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::data;

namespace {

struct TableFile : TemporaryFolder {
  Table read(const std::string& text) const {
    write_bytes(path() / "t.csv", text);
    return Table(path() / "t.csv");
  }
};

std::vector<std::string> row_of(const Table& table, std::size_t row) {
  std::vector<std::string> cells;
  for (std::size_t c = 0; c < table.columns().size(); ++c) cells.emplace_back(table.cell(row, c));
  return cells;
}

using Texts = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(table_file, TableFile)

BOOST_AUTO_TEST_CASE(reads_commas_tabs_and_semicolons) {
  for (const char delimiter : {',', '\t', ';'}) {
    const std::string d(1, delimiter);
    const Table table = read("a" + d + "b c" + d + "d\n1" + d + " x  y " + d + "\n2" + d + d + "3\n");
    BOOST_TEST(table.columns() == (Texts{"a", "b c", "d"}), boost::test_tools::per_element());
    BOOST_TEST(table.rows() == 2U);
    BOOST_TEST(row_of(table, 0) == (Texts{"1", "x  y", ""}), boost::test_tools::per_element());
    BOOST_TEST(row_of(table, 1) == (Texts{"2", "", "3"}), boost::test_tools::per_element());
    BOOST_TEST(table.delimiter() == delimiter);
  }
}

BOOST_AUTO_TEST_CASE(reads_quotes_as_rfc_4180_has_them) {
  const Table table = read("\"a, b\",c\r\n\" x \",\"say \"\"hi\"\"\"\r\n\"two\r\nlines\",2\r\n");
  BOOST_TEST(table.columns() == (Texts{"a, b", "c"}), boost::test_tools::per_element());
  BOOST_TEST(row_of(table, 0) == (Texts{" x ", "say \"hi\""}), boost::test_tools::per_element());
  BOOST_TEST(row_of(table, 1) == (Texts{"two\r\nlines", "2"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(ends_of_lines_and_a_byte_order_mark_change_nothing) {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    const Table table = read(
        "\xEF\xBB\xBF"
        "a,b" +
        end + end + "1,2" + end + "3,4");
    BOOST_TEST(table.columns()[0] == "a");
    BOOST_TEST(table.rows() == 2U);
    BOOST_TEST(table.line(0) == 3U);
    BOOST_TEST(table.line(1) == 4U);
    BOOST_TEST(row_of(table, 1) == (Texts{"3", "4"}), boost::test_tools::per_element());
  }
  BOOST_TEST(read("a,b\r\n\"1\r\n\n\",2\r\n3,4\r\n").line(1) == 5U);
}

BOOST_AUTO_TEST_CASE(reads_gzip_and_more_than_one_piece) {
  std::string text = "number,text\n";
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i) + ",\"row, " + std::to_string(i) + "\"\n";
  write_gzip(path() / "t.csv.gz", text);
  const Table table(path() / "t.csv.gz");
  BOOST_TEST(table.rows() == 200'000U);
  for (const std::size_t row : {0U, 65'535U, 123'456U, 199'999U})
    BOOST_TEST(table.cell(row, 1) == "row, " + std::to_string(row));
  BOOST_TEST(table.where(199'999, 1) == (path() / "t.csv.gz").string() + ":200001, column 'text'");
}

BOOST_AUTO_TEST_CASE(says_what_is_wrong_and_where) {
  CHECK_FAILS(read(""), "t.csv is empty");
  CHECK_FAILS(read("\n\n"), "found 0 columns");
  CHECK_FAILS(read("a,b\n"), "has names of columns but no rows");
  CHECK_FAILS(read("one\n1\n"), "t.csv:1: found 1 column, expected names of two or more");
  CHECK_FAILS(read("1,2\n3,4\n"), "t.csv:1: the first line should be the names of the columns, found numbers: '1'");
  CHECK_FAILS(read("a,\n3,4\n"), "t.csv:1: column 2 has no name");
  CHECK_FAILS(read("a,b,a\n1,2,3\n"), "t.csv:1: two columns are called 'a'");
  CHECK_FAILS(read("a,b\n1,2\n1,2,3\n"), "t.csv:3: the row has 3 cells, the first line names 2 columns");
  CHECK_FAILS(read("a,b\n\"1\n1\",2\n\n1\n"), "t.csv:5: the row has 1 cell, the first line names 2 columns");
  CHECK_FAILS(read(std::string("a,b\n1,2\n3\0,4\n", 13)), "t.csv:3: found a NUL byte; a table is text in UTF-8");
  CHECK_FAILS(read("a,b\n1,2\n1,x\"y\"\n"), "t.csv:3: a quote (\") belongs around a whole cell");
  CHECK_FAILS(read("a,b\n1,\"x\"y\n"), "t.csv:2: a quote (\") belongs around a whole cell");
  CHECK_FAILS(read("a,b\n1,2\n1,\"x\n2,3\n"), "t.csv:3: a quote (\") is opened and never closed");
  CHECK_FAILS(read("a,\xE9\n1,2\n"), "t.csv:1: the name of column 2 should be UTF-8");
  CHECK_FAILS(read(std::string(100'000, ',') + "\n"), "t.csv:1: more than 65536 columns");
  CHECK_FAILS(Table(path() / "none.csv"), "none.csv");
  CHECK_FAILS(Table{path()}, path().string());
}

BOOST_AUTO_TEST_CASE(tells_numbers_and_missing_values_from_text) {
  for (const char* missing : {"", "?", "NA", "na", "N/A", "nan", "NaN", "NULL", "null"})
    BOOST_TEST(is_missing(missing));
  for (const char* text : {"0", "none", "-", "N A", "nano"}) BOOST_TEST(!is_missing(text));
  double number = 0;
  for (const auto& [text, value] : {std::pair{"1.5", 1.5}, {"-2e3", -2000.0}, {"+7", 7.0}, {".5", 0.5}}) {
    BOOST_TEST(read_cell(text, number), text);
    BOOST_TEST(number == value);
  }
  for (const char* text : {"1,5", "1.5 kg", "inf", "nan", "1e999", "+-1", "0x10", "--1", "1_000"})
    BOOST_TEST(!read_cell(text, number), text);
}

BOOST_AUTO_TEST_SUITE_END()
