#include <backflow/runtime/files/safetensors.h>

#include <cmath>

#include "tests/support/files.h"
#include "tests/support/full_disk.h"
#include "tests/support/safetensors.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::files;

namespace {

struct Files : TemporaryFolder {
  std::filesystem::path file = path() / "model.safetensors";

  TensorFile read(const std::string& header, const std::string& data = "") const {
    write_bytes(file, safetensors_bytes(header, data));
    return read_safetensors(file);
  }
  /// A file with one tensor x.
  Tensor read_x(const std::string& dtype, const std::string& shape, const std::string& data) const {
    const std::string offsets = str_cat("[0,", data.size(), "]");
    TensorFile f =
        read(str_cat(R"({"x":{"dtype":")", dtype, R"(","shape":)", shape, R"(,"data_offsets":)", offsets, "}}"), data);
    return std::move(f.tensors.at("x"));
  }
};

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

template <class T>
std::vector<T> values_of(const Tensor& t) {
  const auto span = t.as<T>();
  return {span.begin(), span.end()};
}

TensorFile example() {
  TensorFile f;
  f.tensors.emplace("b.weight", Tensor({2, 2}, std::vector<float>{1, 2, 3, 4}));
  f.tensors.emplace("a", Tensor(Spec{{3}, Type::u8}));
  f.tensors.at("a").as<std::uint8_t>()[2] = 7;
  f.tensors.emplace("step", Tensor(Spec{{}, Type::s32}));
  f.tensors.at("step").as<std::int32_t>()[0] = -5;
  f.tensors.emplace("empty", Tensor(Spec{{0, 4}}));
  f.metadata = {{"model", "mlp"}, {"text", "\"ü\"\n"}};
  return f;
}

const auto each = boost::test_tools::per_element();

}  // namespace

BOOST_FIXTURE_TEST_SUITE(safetensors, Files)

BOOST_AUTO_TEST_CASE(what_was_written_is_read) {
  write_safetensors(file, example());
  const TensorFile f = read_safetensors(file);
  BOOST_TEST(f.tensors.size() == 4U);
  BOOST_TEST(to_string(f.tensors.at("b.weight").spec()) == "[2, 2]");
  BOOST_TEST(values_of<float>(f.tensors.at("b.weight")) == (std::vector<float>{1, 2, 3, 4}), each);
  BOOST_TEST(values_of<std::int32_t>(f.tensors.at("step")) == std::vector{-5}, each);
  BOOST_TEST(to_string(f.tensors.at("a").spec()) == "[3] u8");
  BOOST_TEST(f.tensors.at("a").as<std::uint8_t>()[2] == 7);
  BOOST_TEST(to_string(f.tensors.at("empty").spec()) == "[0, 4]");
  BOOST_TEST((f.metadata == example().metadata));
  BOOST_TEST((read_safetensors_metadata(file) == example().metadata));
}

BOOST_AUTO_TEST_CASE(bytes_are_those_of_the_format) {
  write_safetensors(file, example());
  const std::string sums =
      R"({\"__metadata__\":3093907350,\"a\":1629834417,\"b.weight\":2342982740,\"empty\":0,\"step\":1889364136})";
  const std::string header = R"({"__metadata__":{"backflow.crc32":")" + sums +
                             R"(","model":"mlp","text":"\"ü\"\n"},)"
                             R"("b.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)"
                             R"("empty":{"dtype":"F32","shape":[0,4],"data_offsets":[16,16]},)"
                             R"("step":{"dtype":"I32","shape":[],"data_offsets":[16,20]},)"
                             R"("a":{"dtype":"U8","shape":[3],"data_offsets":[20,23]}})";
  std::string padded = header;
  while (padded.size() % 8 != 0) padded += ' ';
  const std::string data = bytes_of<float>({1, 2, 3, 4}) + bytes_of<std::int32_t>({-5}) + std::string("\0\0\7", 3);
  BOOST_TEST(read_bytes(file) == safetensors_bytes(padded, data));
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_of_a_tensor_is_found) {
  write_safetensors(file, example());
  const std::string whole = read_bytes(file);
  const std::size_t data = whole.size() - 23;
  for (std::size_t at = data; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1 << at % 8);
    write_bytes(file, damaged);
    const std::string name = at < data + 16 ? "b.weight" : at < data + 20 ? "step" : "a";
    CHECK_FAILS(read_safetensors(file), "is damaged: the CRC-32 of tensor \"" + name + "\" is ");
  }
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_of_the_metadata_is_found) {
  write_safetensors(file, example());
  std::string bytes = read_bytes(file);
  bytes[bytes.find("mlp")] ^= 1;
  write_bytes(file, bytes);
  CHECK_FAILS(read_safetensors(file), "is damaged: the CRC-32 of its metadata is ");
  CHECK_FAILS(read_safetensors_metadata(file), "is damaged: the CRC-32 of its metadata is ");
}

BOOST_AUTO_TEST_CASE(a_file_without_checksums_is_read_and_checksums_that_are_none_are_refused) {
  const auto with = [&](const std::string& metadata) {
    return read(R"({"__metadata__":{)" + metadata + R"(},"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "7");
  };
  BOOST_TEST(with(R"("model":"mlp")").metadata.at("model") == "mlp");
  CHECK_FAILS(with(R"("backflow.crc32":"[1]")"), "its checksums are not a JSON object");
  CHECK_FAILS(with(R"("backflow.crc32":"{")"), "its checksums are not a JSON object");
  CHECK_FAILS(with(R"("backflow.crc32":"{\"x\":-1}")"), "the checksum of \"x\" is not a number of 32 bits");
  CHECK_FAILS(with(R"("backflow.crc32":"{\"x\":1}")"), "its metadata has no checksum");
  CHECK_FAILS(with(R"("backflow.crc32":"{\"__metadata__\":2745614147}")"), "tensor \"x\" has no checksum");
}

BOOST_AUTO_TEST_CASE(a_file_without_tensors_and_without_metadata_is_a_file) {
  write_safetensors(file, {});
  BOOST_TEST(read_bytes(file) == safetensors_bytes("{}      ", ""));
  BOOST_TEST(read_safetensors(file).tensors.empty());
}

BOOST_AUTO_TEST_CASE(tensors_in_any_layout_are_written_row_major) {
  const Tensor plain({1, 2, 1, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
  TensorFile f;
  f.tensors.emplace("w", reordered(plain, Layout::nhwc()));
  write_safetensors(file, f);
  BOOST_TEST(values_of<float>(read_safetensors(file).tensors.at("w")) == values_of<float>(plain), each);
}

BOOST_AUTO_TEST_CASE(files_of_others_may_have_other_orders_and_spaces) {
  const TensorFile f = read(R"({ "z" : {"data_offsets":[4, 8], "shape":[1], "dtype":"F32", "more":[{}]},
      "y":{"dtype":"I32","shape":[1,1],"data_offsets":[0,4]} }   )",
                            bytes_of<std::int32_t>({3}) + bytes_of<float>({0.5F}));
  BOOST_TEST(f.tensors.at("z").as()[0] == 0.5F);
  BOOST_TEST(f.tensors.at("y").as<std::int32_t>()[0] == 3);
}

BOOST_AUTO_TEST_CASE(other_floating_point_types_become_f32) {
  const std::vector<float> wanted{0, -2, 1.5F, INFINITY, 0x1p-24F, 65504};
  const auto f16 = read_x("F16", "[6]", bytes_of<std::uint16_t>({0, 0xc000, 0x3e00, 0x7c00, 1, 0x7bff}));
  BOOST_TEST(values_of<float>(f16) == wanted, each);
  BOOST_TEST(std::isnan(read_x("F16", "[1]", bytes_of<std::uint16_t>({0x7e00})).as()[0]));
  const auto bf16 = read_x("BF16", "[2]", bytes_of<std::uint16_t>({0x3fc0, 0xc000}));
  BOOST_TEST(values_of<float>(bf16) == (std::vector<float>{1.5, -2}), each);
  const auto f64 = read_x("F64", "[2]", bytes_of<double>({0.1, -2}));
  BOOST_TEST(values_of<float>(f64) == (std::vector<float>{0.1F, -2}), each);
}

BOOST_AUTO_TEST_CASE(long_integers_become_s32_if_they_fit) {
  const auto t = read_x("I64", "[2]", bytes_of<std::int64_t>({INT32_MIN, INT32_MAX}));
  BOOST_TEST(values_of<std::int32_t>(t) == (std::vector<std::int32_t>{INT32_MIN, INT32_MAX}), each);
  CHECK_FAILS(read_x("I64", "[1]", bytes_of<std::int64_t>({5'000'000'000})),
              "tensor \"x\" has the element 5000000000, which does not fit s32");
}

BOOST_AUTO_TEST_CASE(refuses_to_write_what_is_no_text) {
  TensorFile f;
  f.metadata["key"] = "\xff";
  CHECK_FAILS(write_safetensors(file, f), "is not UTF-8");
  f = {};
  f.tensors.emplace("__metadata__", Tensor(Spec{{1}}));
  CHECK_FAILS(write_safetensors(file, f), "no tensor can be called __metadata__");
  BOOST_TEST(entries() == 0U);
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_the_old_file_whole) {
  write_safetensors(file, example());
  const std::string old = read_bytes(file);
  TensorFile big;
  big.tensors.emplace("w", Tensor(Spec{{100, 100}}));
  BOOST_TEST(error_on_full_disk([&] { write_safetensors(file, big); }).ends_with("model.safetensors: File too large"));
  BOOST_TEST(read_bytes(file) == old);
  BOOST_TEST(entries() == 1U);
}

BOOST_AUTO_TEST_CASE(tensors_of_types_that_nothing_here_has_are_passed_over) {
  const TensorFile f = read(R"({"mask":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]},)"
                            R"("x":{"dtype":"F32","shape":[1],"data_offsets":[3,7]},)"
                            R"("n":{"dtype":"U64","shape":[],"data_offsets":[7,15]},)"
                            R"("y":{"dtype":"I32","shape":[1],"data_offsets":[15,19]}})",
                            "abc" + bytes_of<float>({0.5F}) + "12345678" + bytes_of<std::int32_t>({3}));
  BOOST_TEST(f.tensors.size() == 2U);
  BOOST_TEST(f.tensors.at("x").as()[0] == 0.5F);
  BOOST_TEST(f.tensors.at("y").as<std::int32_t>()[0] == 3);
  BOOST_TEST(f.passed_over.at("mask") == "BOOL");
  BOOST_TEST(f.passed_over.at("n") == "U64");
}

BOOST_AUTO_TEST_CASE(numbers_without_axes_are_written_and_read) {
  TensorFile f;
  f.tensors.emplace("x", Tensor({}, std::vector<float>{3}));
  write_safetensors(file, f);
  BOOST_TEST((read_safetensors(file).tensors.at("x").shape() == Shape{}));
  BOOST_TEST(read_safetensors(file).tensors.at("x").as()[0] == 3);
}

BOOST_AUTO_TEST_SUITE_END()
