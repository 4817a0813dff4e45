#include <backflow/runtime/data/npy.h>

#include "tests/support/idx.h"
#include "tests/support/npy.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::data;

namespace {

struct ArrayFile : TemporaryFolder {
  Array read(const std::string& bytes) const {
    write_bytes(path() / "x.npy", bytes);
    return read_npy(path() / "x.npy");
  }
};

std::vector<double> all_numbers(const Array& array) {
  std::vector<double> numbers;
  for (std::size_t i = 0; i < array.size(); ++i) numbers.push_back(array.number(i));
  return numbers;
}

using Numbers = std::vector<double>;
const std::string kFloats = bytes_of<float>({0, 1, 2, 3, 4, 5});

}  // namespace

BOOST_FIXTURE_TEST_SUITE(npy_, ArrayFile)

BOOST_AUTO_TEST_CASE(reads_each_type) {
  const Numbers wanted{0, 1, 2, 3, 4, 5};
  for (const auto& [type, bytes] : {std::pair{"<f4", kFloats},
                                    {"<f8", bytes_of<double>({0, 1, 2, 3, 4, 5})},
                                    {"|u1", bytes_of<std::uint8_t>({0, 1, 2, 3, 4, 5})},
                                    {"<i4", bytes_of<std::int32_t>({0, 1, 2, 3, 4, 5})},
                                    {"<i8", bytes_of<std::int64_t>({0, 1, 2, 3, 4, 5})}}) {
    const Array array = read(npy(type, "(2, 3)", bytes));
    BOOST_TEST(to_string(array.shape) == "[2, 3]");
    BOOST_TEST(all_numbers(array) == wanted, boost::test_tools::per_element());
  }
  BOOST_TEST(read(npy("<i4", "(1,)", bytes_of<std::int32_t>({-7}))).number(0) == -7);
  BOOST_TEST(read(npy("<i8", "(1,)", bytes_of<std::int64_t>({-(std::int64_t{1} << 40)}))).number(0) == -0x1p40);
}

BOOST_AUTO_TEST_CASE(turns_fortrans_order_round) {
  // a[i, j, k] = 100 i + 10 j + k, of 2 × 3 × 2
  std::vector<float> columns;
  Numbers wanted;
  for (int k = 0; k < 2; ++k)
    for (int j = 0; j < 3; ++j)
      for (int i = 0; i < 2; ++i) columns.push_back(static_cast<float>(100 * i + 10 * j + k));
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 2; ++k) wanted.push_back(100 * i + 10 * j + k);
  BOOST_TEST(all_numbers(read(npy("<f4", "(2, 3, 2)", bytes_of(columns), true))) == wanted,
             boost::test_tools::per_element());
  BOOST_TEST(read(npy("<f4", "(6,)", kFloats, true)).number(4) == 4);
}

BOOST_AUTO_TEST_CASE(reads_every_version_gzip_and_shapes_without_axes) {
  for (const int version : {1, 2, 3}) BOOST_TEST(read(npy("<f4", "(6,)", kFloats, false, version)).size() == 6U);
  write_gzip(path() / "x.npy.gz", npy("<f4", "(3, 2)", kFloats));
  BOOST_TEST(to_string(read_npy(path() / "x.npy.gz").shape) == "[3, 2]");
  BOOST_TEST(read(npy("<f4", "()", bytes_of<float>({3}))).number(0) == 3);
  BOOST_TEST(read(npy("<f4", "(0, 3)", "")).size() == 0U);
}

BOOST_AUTO_TEST_CASE(reads_archives) {
  write_bytes(path() / "a.npz", npz({{"x.npy", npy("<f4", "(2, 3)", kFloats)},
                                     {"y.npy", npy("|u1", "(2,)", "\1\2")},
                                     {"other.npy", "no array"}}));
  const auto arrays = read_npz(path() / "a.npz", {"x", "y", "z"});
  BOOST_TEST(arrays.size() == 2U);
  BOOST_TEST(arrays.at("x").number(5) == 5);
  BOOST_TEST(arrays.at("y").number(1) == 2);
  BOOST_TEST(is_npz(path() / "a.npz"));
  BOOST_TEST(!is_npy(path() / "a.npz"));
  CHECK_FAILS(read_npz(path() / "a.npz", {"other"}), "a.npz (other.npy) is no array of NumPy");
}

BOOST_AUTO_TEST_CASE(a_damaged_array_is_an_error) {
  CHECK_FAILS(read(""), "x.npy is empty, expected an array of NumPy");
  CHECK_FAILS(read("\x93NUMP"), "x.npy is no array of NumPy");
  CHECK_FAILS(read("text, and more of it"), "x.npy is no array of NumPy");
  CHECK_FAILS(read(npy("<f4", "(6,)", kFloats, false, 4)), "has version 4 of the format");
  CHECK_FAILS(read(npy("|O", "(6,)", kFloats)),
              "elements of type '|O' (Python objects, which are not read), expected u8");
  for (const char* type : {"<f2", ">f4", "<i2", "|b1", "<c8", "<U5", "|S3", "<M8[ns]", ""})
    CHECK_FAILS(read(npy(type, "(6,)", kFloats)), "expected u8, i32, i64, f32 or f64");
  CHECK_FAILS(read(npy("<f4", "(7,)", kFloats)), "is truncated: its shape [7] needs 28 bytes of data, it has 24");
  CHECK_FAILS(read(npy("<f4", "(5,)", kFloats)), "is too long: its shape [5] needs 20 bytes");
  CHECK_FAILS(read(npy("<f4", "(5, -1)", kFloats)), "the header has no usable 'shape'");
  CHECK_FAILS(read(npy("<f4", "(99999999999999999999,)", kFloats)), "the shape (");
  CHECK_FAILS(read(npy("<f4", "(1,1,1,1,1,1,1,1,6)", kFloats)), "at most 8 sizes");
  CHECK_FAILS(read(npy("<f4", "(4294967296, 4294967296, 4294967296)", kFloats)), "which needs more than the");
  const std::string whole = npy("<f4", "(6,)", kFloats);
  for (const std::size_t cut : {7U, 9U, 40U}) CHECK_FAILS(read(whole.substr(0, cut)), "x.npy is");
  std::string long_header = whole;
  long_header[8] = long_header[9] = '\xff';
  CHECK_FAILS(read(long_header), "says its header has 65535 bytes, the most are 4096");
}

BOOST_AUTO_TEST_CASE(a_damaged_archive_is_an_error) {
  const std::string whole = npz({{"x.npy", npy("<f4", "(2, 3)", kFloats)}});
  const auto read_archive = [&](const std::string& bytes) {
    write_bytes(path() / "a.npz", bytes);
    return read_npz(path() / "a.npz", {"x"});
  };
  BOOST_TEST(read_archive(whole).size() == 1U);
  CHECK_FAILS(read_archive(""), "a.npz");
  CHECK_FAILS(read_archive("PK\x03\x04 and no more"), "cannot read the archive");
  for (std::size_t cut = 1; cut < whole.size(); cut += 13) CHECK_FAILS(read_archive(whole.substr(0, cut)), "a.npz");
  std::string flipped = whole;
  flipped[whole.find(kFloats) + 5] ^= 1;
  CHECK_FAILS(read_archive(flipped), "a.npz (x.npy)");
  CHECK_FAILS(read_npz(path() / "none.npz", {"x"}), "none.npz");
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
  for (const Shape& shape : {Shape{2, 3}, Shape{6}, Shape{1, 2, 3, 1}}) {
    write_npy(path() / "y.npy", shape, std::vector<float>{0, 1, 2, 3, 4, 5});
    const Array array = read_npy(path() / "y.npy");
    BOOST_TEST(to_string(array.shape) == to_string(shape));
    BOOST_TEST(all_numbers(array) == (Numbers{0, 1, 2, 3, 4, 5}));
  }
  write_npy(path() / "y.npy", {2, 3}, std::vector<float>{0, 1, 2, 3, 4, 5});
  BOOST_TEST(read_bytes(path() / "y.npy") == npy("<f4", "(2, 3)", kFloats));  // as NumPy writes it
  CHECK_FAILS(write_npy(path() / "z.npy", {2, 2}, std::vector<float>(3)), "shape [2, 2] has 4 elements, got 3");
  CHECK_FAILS(write_npy(path() / "no" / "z.npy", {1}, std::vector<float>(1)), "z.npy");
}

BOOST_AUTO_TEST_SUITE_END()
