#include <backflow/runtime/data/idx.h>

#include "tests/support/idx.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::data;

namespace {

const std::string kData = "abcdefghijkl";

struct Files : TemporaryFolder {
  std::filesystem::path plain(const std::string& bytes) const {
    write_bytes(path() / "plain", bytes);
    return path() / "plain";
  }
  std::filesystem::path gzip(const std::string& bytes) const {
    write_gzip(path() / "packed.gz", bytes);
    return path() / "packed.gz";
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(idx, Files)

BOOST_AUTO_TEST_CASE(reads_plain_and_gzip_files_alike) {
  const std::string bytes = idx_bytes({2, 2, 3}, kData);
  for (const auto& file : {plain(bytes), gzip(bytes)}) {
    const Idx idx = read_idx(file, 3);
    BOOST_TEST(to_string(idx.shape) == "[2, 2, 3]");
    BOOST_TEST(std::string(idx.data.begin(), idx.data.end()) == kData);
  }
}

BOOST_AUTO_TEST_CASE(reads_a_file_larger_than_one_piece) {
  const std::string data(9'000'001, 'x');
  const Idx idx = read_idx(gzip(idx_bytes({9'000'001}, data)), 1);
  BOOST_TEST(std::string(idx.data.begin(), idx.data.end()) == data);
}

BOOST_AUTO_TEST_CASE(names_the_file_and_the_reason_when_it_cannot_be_read) {
  CHECK_FAILS(read_idx(path() / "absent", 1), "absent: No such file or directory");
  CHECK_FAILS(read_idx(path(), 1), "it is a folder");
  CHECK_FAILS(read_idx("/dev/zero", 1), "it is not a regular file");
}

BOOST_AUTO_TEST_CASE(says_which_magic_number_it_expected) {
  CHECK_FAILS(read_idx(plain("hello, world"), 3), "plain has magic number 0x68656c6c, expected 0x00000803");
  CHECK_FAILS(read_idx(plain(idx_bytes({12}, kData)), 3), "0x00000801, expected 0x00000803: an IDX file of 3 axes");
  std::string floats = idx_bytes({12}, kData);
  floats[2] = 0x0d;
  CHECK_FAILS(read_idx(plain(floats), 1), "0x00000d01, expected 0x00000801");
}

BOOST_AUTO_TEST_CASE(says_what_is_missing_from_a_truncated_file) {
  const std::string bytes = idx_bytes({2, 2, 3}, kData);
  CHECK_FAILS(read_idx(plain(""), 3), "is truncated: 0 bytes");
  CHECK_FAILS(read_idx(plain(bytes.substr(0, 3)), 3), "is truncated: 3 bytes");
  CHECK_FAILS(read_idx(plain(bytes.substr(0, 10)), 3), "it ends in the sizes of its 3 axes");
  CHECK_FAILS(read_idx(plain(bytes.substr(0, 20)), 3), "sizes [2, 2, 3] need 12 bytes of data, it has 4");
  CHECK_FAILS(read_idx(gzip(bytes.substr(0, 20)), 3), "sizes [2, 2, 3] need 12 bytes of data, it has 4");
}

BOOST_AUTO_TEST_CASE(refuses_a_file_that_is_too_long) {
  CHECK_FAILS(read_idx(plain(idx_bytes({2, 2, 3}, kData + "m")), 3), "is too long: sizes [2, 2, 3] need 12 bytes");
  CHECK_FAILS(read_idx(gzip(idx_bytes({2, 2, 3}, kData + "m")), 3), "is too long");
}

BOOST_AUTO_TEST_CASE(refuses_absurd_sizes_without_taking_their_memory) {
  const std::int64_t most = 0xffffffff;
  CHECK_FAILS(read_idx(plain(idx_bytes({most, most, most}, kData)), 3),
              "says its sizes are [4294967295, 4294967295, 4294967295], more than 100 times its 28 bytes");
  CHECK_FAILS(read_idx(plain(idx_bytes({most, 200, 1}, kData)), 3), "more than 100 times its 28 bytes");
  CHECK_FAILS(read_idx(plain(idx_bytes({1 << 28}, kData)), 1), "need 268435456 bytes of data, it has 12");
}

BOOST_AUTO_TEST_CASE(refuses_damaged_gzip_data) {
  const auto file = gzip(idx_bytes({3000}, std::string(3000, 'a')));
  const std::string good = read_bytes(file);
  write_bytes(file, good.substr(0, good.size() - 9));
  CHECK_FAILS(read_idx(file, 1), "is truncated: its gzip data end too early");
  std::string wrong_checksum = good;
  wrong_checksum[good.size() - 6] ^= 1;
  write_bytes(file, wrong_checksum);
  CHECK_FAILS(read_idx(file, 1), "packed.gz: ");
}

BOOST_AUTO_TEST_CASE(labels_are_bytes_numbers_or_the_first_of_qmnists_rows) {
  const std::vector<std::int32_t> expected{3, 0, 300, 65'535};
  std::string numbers;
  for (const std::int32_t label : expected) numbers += big_endian_bytes(label);
  BOOST_TEST(read_idx_labels(plain(idx_bytes({4}, numbers, '\x0c'))) == expected, boost::test_tools::per_element());
  BOOST_TEST(read_idx_labels(gzip(qmnist_labels({3, 0, 300, 65'535}))) == expected, boost::test_tools::per_element());
  const std::vector<std::int32_t> bytes{1, 255, 0};
  BOOST_TEST(read_idx_labels(plain(idx_bytes({3}, std::string("\1\xff\0", 3)))) == bytes,
             boost::test_tools::per_element());
  BOOST_TEST(read_idx_labels(plain(qmnist_labels({}))).empty());
}

BOOST_AUTO_TEST_CASE(refuses_labels_in_other_forms) {
  CHECK_FAILS(read_idx_labels(plain(idx_bytes({2, 2, 3}, kData))),
              "0x00000803, expected 0x00000801, 0x00000c01 or 0x00000c02: labels as bytes or 32-bit numbers, or as");
  CHECK_FAILS(read_idx_labels(plain(idx_bytes({1, 3}, kData, '\x0c'))),
              "has sizes [1, 3], expected rows of 8 numbers, as QMNIST has");
  CHECK_FAILS(read_idx_labels(plain(qmnist_labels({0, -1}))), "plain: label 1 is -1, expected 0 … 65535");
  CHECK_FAILS(read_idx_labels(plain(qmnist_labels({65'536}))), "label 0 is 65536, expected");
  CHECK_FAILS(read_idx_labels(plain(qmnist_labels({1, 2}).substr(0, 70))), "need 64 bytes of data, it has 58");
  const std::int64_t most = 0xffffffff;
  CHECK_FAILS(read_idx_labels(plain(idx_bytes({most, most}, kData, '\x0c'))), "more than 100 times its 24 bytes");
}

BOOST_AUTO_TEST_SUITE_END()
