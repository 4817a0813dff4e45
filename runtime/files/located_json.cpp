#include <backflow/runtime/files/located_json.h>

#include <vector>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/input_file.h>
#include <backflow/runtime/files/json.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::files {
namespace {

using PlainJson = nlohmann::json;

/// Letters, and the line of the last one that was read.
class CountedLetters {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountedLetters(const char* at, int* line) : at_(at), line_(line) {}
  const char& operator*() const { return *at_; }
  CountedLetters& operator++() {
    *line_ += *at_++ == '\n';
    return *this;
  }
  bool operator==(const CountedLetters& o) const { return at_ == o.at_; }
  bool operator!=(const CountedLetters& o) const { return at_ != o.at_; }

 private:
  const char* at_;
  int* line_;
};

/// Builds the value and notes lines on the way.
class Builder final : public nlohmann::json_sax<PlainJson> {
 public:
  Builder(const std::string& name, const int& line, LocatedJson& result) : name_(name), line_(line), result_(result) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool v) override { return add(v); }
  bool number_integer(number_integer_t v) override { return add(v); }
  bool number_unsigned(number_unsigned_t v) override { return add(v); }
  bool number_float(number_float_t v, const string_t&) override { return add(v); }
  bool string(string_t& v) override {
    if (!levels_.empty() && levels_.back().value->is_array())
      result_.lines[pointer_of(std::to_string(levels_.back().value->size()))] = line_;
    return add(v);
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(PlainJson::object()); }
  bool start_array(std::size_t) override { return open(PlainJson::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& k) override {
    require(!levels_.back().value->contains(k), name_, ":", line_, ": key '", printable(k), "' is there twice");
    levels_.back().key = k;
    result_.lines[pointer_of(k)] = line_;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const PlainJson::exception& e) override {
    std::string what = e.what();
    const auto colon = what.find(": ");  // of "[json.exception.parse_error.101] parse error at line 1, column 2: …"
    if (colon != std::string::npos) what = what.substr(colon + 2);
    // It ends with what was read last, which may be long.
    fail(name_, ":", line_, ": not JSON: ", what.size() <= 200 ? what : what.substr(0, 200) + "…");
  }

 private:
  struct Level {
    PlainJson* value;
    std::string pointer, key;
  };

  std::string pointer_of(const std::string& part) const {
    return levels_.back().pointer + (PlainJson::json_pointer() / part).to_string();
  }

  PlainJson* place(PlainJson v) {
    if (levels_.empty()) return &(result_.value = std::move(v));
    PlainJson& outer = *levels_.back().value;
    if (outer.is_object()) return &(outer[levels_.back().key] = std::move(v));
    outer.push_back(std::move(v));
    return &outer.back();
  }

  bool add(PlainJson v) {
    place(std::move(v));
    return true;
  }

  bool open(PlainJson v) {
    require(levels_.size() < kMaxJsonDepth, name_, ":", line_, ": nested deeper than ", kMaxJsonDepth);
    std::string pointer;
    if (!levels_.empty()) {
      const Level& outer = levels_.back();
      pointer = pointer_of(outer.value->is_object() ? outer.key : std::to_string(outer.value->size()));
      result_.lines.try_emplace(pointer, line_);
    }
    PlainJson* value = place(std::move(v));
    levels_.push_back({value, pointer, {}});
    return true;
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  const std::string& name_;
  const int& line_;
  LocatedJson& result_;
  std::vector<Level> levels_;
};

}  // namespace

int LocatedJson::line(std::string pointer) const {
  for (; !pointer.empty(); pointer.resize(pointer.rfind('/'))) {
    const auto found = lines.find(pointer);
    if (found != lines.end()) return found->second;
  }
  return 1;
}

LocatedJson parse_located(const std::string& text, const std::string& name) {
  LocatedJson result;
  int line = 1;
  Builder builder(name, line, result);
  nlohmann::json::sax_parse(CountedLetters(text.data(), &line), CountedLetters(text.data() + text.size(), &line),
                            &builder);
  return result;
}

std::string read_text(const std::filesystem::path& file) {
  files::InputFile in(file);
  std::string text(in.bytes(), '\0');
  in.read(std::as_writable_bytes(std::span(text.data(), text.size())));
  return text;
}

}  // namespace backflow::files
