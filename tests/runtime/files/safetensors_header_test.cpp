#include <backflow/runtime/files/safetensors_header.h>

#include <backflow/runtime/files/safetensors.h>
#include "tests/support/files.h"
#include "tests/support/safetensors.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::files;

namespace {

struct Files : TemporaryFolder {
  std::filesystem::path file = path() / "bad.safetensors";

  void read(const std::string& bytes) const {
    write_bytes(file, bytes);
    read_safetensors(file);
  }
  void read(const std::string& header, const std::string& data) const { read(safetensors_bytes(header, data)); }
  /// A header with the tensor x, described by `fields`, and 8 bytes of data.
  void read_x(const std::string& fields) const { read(R"({"x":)" + fields + "}", "12345678"); }
};

std::string tensor(const std::string& name, int begin, int end) {
  return str_cat("\"", name, R"(":{"dtype":"U8","shape":[)", end - begin, R"(],"data_offsets":[)", begin, ",", end,
                 "]}");
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(safetensors_header, Files)

BOOST_AUTO_TEST_CASE(refuses_a_file_that_is_cut_short_or_too_long) {
  CHECK_FAILS(read(""), "bad.safetensors is truncated: 0 bytes");
  CHECK_FAILS(read("1234567"), "is truncated: 7 bytes, it begins with 8 of length");
  CHECK_FAILS(read(safetensors_bytes("{}", "").substr(0, 9)), "its header has 2 bytes, the file goes on for 1");
  CHECK_FAILS(read("{" + tensor("a", 0, 4) + "}", "123"), "its tensors need 4 bytes of data, it has 3");
  CHECK_FAILS(read("{" + tensor("a", 0, 4) + "}", "12345"), "is too long: its tensors need 4 bytes of data, it has 5");
  CHECK_FAILS(read_safetensors(path() / "absent"), "absent: No such file");
  CHECK_FAILS(read_safetensors(path()), "it is a folder");
}

BOOST_AUTO_TEST_CASE(refuses_a_header_of_absurd_length) {
  CHECK_FAILS(read(std::string(8, '\xff')), "its header has 18446744073709551615 bytes, more than 100000000");
  CHECK_FAILS(read(std::string("\0\0\0\5\0\0\0\0{}", 10)), "its header has 83886080 bytes, the file goes on for 2");
}

BOOST_AUTO_TEST_CASE(refuses_a_header_that_is_not_json) {
  CHECK_FAILS(read("", ""), "its header does not begin with {");
  CHECK_FAILS(read("[1]", ""), "its header does not begin with {");
  CHECK_FAILS(read("{\"x\":", ""), "its header is not JSON at byte");
  CHECK_FAILS(read("{} {}", ""), "its header is not JSON at byte");
  CHECK_FAILS(read("{\"\xff\":1}", ""), "its header is not JSON at byte");
  CHECK_FAILS(read_x("1e999"), "a number that is out of range");
}

BOOST_AUTO_TEST_CASE(refuses_what_json_allows_and_the_format_does_not) {
  CHECK_FAILS(read("{" + tensor("a", 0, 1) + "," + tensor("a", 1, 2) + "}", "12"), "its header has \"a\" twice");
  CHECK_FAILS(read_x(R"({"dtype":"U8","dtype":"U8"})"), "its header has \"dtype\" twice");
  CHECK_FAILS(read(R"({"a":)" + std::string(100'000, '['), ""), "nested more than 16 deep");
  CHECK_FAILS(read(R"({"__metadata__":[]})", ""), "its __metadata__ is not an object");
  CHECK_FAILS(read(R"({"__metadata__":{"epoch":3}})", ""), "its metadata \"epoch\" is not a text");
}

BOOST_AUTO_TEST_CASE(refuses_a_tensor_that_is_not_described_right) {
  CHECK_FAILS(read_x("3"), "tensor \"x\" is not described by an object");
  CHECK_FAILS(read_x("{}"), "tensor \"x\" has no dtype");
  CHECK_FAILS(read_x(R"({"dtype":5})"), "has a dtype that is not a text");
  CHECK_FAILS(read_x(R"({"dtype":"F4"})"), "has dtype \"F4\", expected F32, BF16, F16, F64, I32, I64 or U8");
  CHECK_FAILS(read_x(R"({"dtype":"U8"})"), "has no shape");
  CHECK_FAILS(read_x(R"({"dtype":"U8","shape":8})"), "has a shape that is not a list");
  CHECK_FAILS(read_x(R"({"dtype":"U8","shape":[-1]})"), "has an element of shape that is not a number from 0");
  CHECK_FAILS(read_x(R"({"dtype":"U8","shape":[1.5]})"), "has an element of shape that is not a number from 0");
  CHECK_FAILS(read_x(R"({"dtype":"U8","shape":["8"]})"), "has an element of shape that is not a number from 0");
  CHECK_FAILS(read_x(R"({"dtype":"U8","shape":[8]})"), "has no data_offsets");
  CHECK_FAILS(read_x(R"({"dtype":"U8","shape":[8],"data_offsets":[0]})"), "has 1 data_offsets, expected 2");
  CHECK_FAILS(read_x(R"({"dtype":"U8","shape":[8],"data_offsets":[-8,0]})"), "element of data_offsets that is not");
}

BOOST_AUTO_TEST_CASE(refuses_shapes_and_offsets_that_do_not_fit) {
  CHECK_FAILS(read_x(R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})"),
              "tensor \"x\" has 8 bytes of data, F32 [3] needs 12");
  CHECK_FAILS(read_x(R"({"dtype":"U8","shape":[8],"data_offsets":[8,0]})"), "ends at byte 0, before it begins at 8");
  CHECK_FAILS(read_x(R"({"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,8]})"), "more than 2^63 bytes");
  CHECK_FAILS(read_x(R"({"dtype":"F64","shape":[2305843009213693953],"data_offsets":[0,8]})"), "more than 2^63 bytes");
  CHECK_FAILS(read_x(R"({"dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,8]})"), "is not a number");
  CHECK_FAILS(read_x(R"({"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,8],"data_offsets":[0,8]})"),
              "tensor \"x\" has 13 axes, at most 12 are supported");
}

BOOST_AUTO_TEST_CASE(refuses_overlaps_and_holes) {
  const std::string data = "12345678";
  CHECK_FAILS(read("{" + tensor("a", 0, 5) + "," + tensor("b", 4, 8) + "}", data),
              "tensor \"b\" begins at byte 4 and overlaps another one, which ends at 5");
  CHECK_FAILS(read("{" + tensor("a", 0, 8) + "," + tensor("b", 0, 8) + "}", data), "overlaps another one");
  CHECK_FAILS(read("{" + tensor("a", 0, 3) + "," + tensor("b", 4, 8) + "}", data),
              "tensor \"b\" begins at byte 4 and leaves a hole after byte 3");
  CHECK_FAILS(read("{" + tensor("a", 1, 8) + "}", data), "leaves a hole after byte 0");
}

BOOST_AUTO_TEST_CASE(a_sentence_stays_short_and_readable_whatever_the_names) {
  const std::string name(100'000, 'x');
  try {
    read(R"({"\u001b[31m)" + name + R"(":1})", "");
    BOOST_FAIL("no error");
  } catch (const Error& e) {
    BOOST_TEST(std::string(e.what()).size() < 300U);
    BOOST_TEST(std::string(e.what()).find('\x1b') == std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()
