#include "examples/apps/common/flags.h"

#include <backflow/runtime/dream/option_table.h>
#include "examples/apps/common/program.h"
#include "examples/apps/dream/dream_flags.h"
#include "examples/apps/train/train_run.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

void parse(CLI::App& app, std::vector<std::string> arguments) {
  std::reverse(arguments.begin(), arguments.end());
  app.parse(arguments);
}

TrainSettings train_flags(const std::vector<std::string>& arguments) {
  CLI::App app;
  TrainSettings settings;
  add_flags(app, table(settings));
  parse(app, arguments);
  return settings;
}

DreamFlags dream_flags(const std::vector<std::string>& arguments) {
  CLI::App app;
  DreamFlags flags;
  add_options(app, flags);
  parse(app, arguments);
  return flags;
}

dream::DreamOptions dream_options(const std::vector<std::string>& arguments) {
  return options_of(dream_flags(arguments), {32, 24});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(flags)

BOOST_AUTO_TEST_CASE(reach_the_members_of_their_options) {
  const TrainSettings s =
      train_flags({"--lr", "0.5", "--hidden", "3,4", "--nesterov", "--schedule", "step", "--drop", "0.25"});
  BOOST_TEST(s.learning_rate == 0.5F);
  BOOST_TEST(s.hidden == (std::vector<std::int64_t>{3, 4}), boost::test_tools::per_element());
  BOOST_TEST(s.nesterov);
  BOOST_TEST((s.schedule.kind == train::ScheduleKind::step));
  BOOST_TEST(s.schedule.drop == 0.25);
  BOOST_TEST(s.epochs == 10);
}

BOOST_AUTO_TEST_CASE(help_has_every_option_with_its_default) {
  CLI::App app;
  TrainSettings settings;
  TrainProgram program;
  add_flags(app, table(settings));
  add_flags(app, table(program));
  const std::string help = app.help();
  for (const auto& all : {table(settings), table(program)})
    for (const files::Option& option : all)
      BOOST_TEST(help.find("--" + flag_of(option)) != std::string::npos, option.name);
  for (const char* part : {"--hidden N,N,...=256,256", "--schedule WORD=cosine",
                           "constant, step, cosine, onecycle or plateau", "--lr X=0.05"})
    BOOST_TEST(help.find(part) != std::string::npos, part);
}

BOOST_AUTO_TEST_CASE(every_dream_option_can_be_given) {
  dream::DreamOptions usual;
  CLI::App app;
  DreamFlags flags;
  add_options(app, flags);
  const std::string help = app.help();
  for (const char* flag : {"--jitter", "--crop-spread", "--start-stddev", "--no-clamp", "--relu-override-steps"})
    BOOST_TEST(help.find(flag) != std::string::npos, flag);
  const dream::DreamOptions o =
      dream_options({"--preset", "homework", "--lr", "0.5,0.25", "--grad-blur", "2", "--blur", "1,0.5,7", "--no-clamp",
                     "--set", "start-mean=0.25", "--start", "grey", "--scales", "0.5,1", "--normalize", "none"});
  BOOST_TEST(o.learning_rate == 0.5F);
  BOOST_TEST(o.learning_rate_end == 0.25F);
  BOOST_TEST(o.gradient_blur_end == 2);
  BOOST_TEST(o.blur_every == 7);
  BOOST_TEST(!o.clamp);
  BOOST_TEST(o.start_mean == 0.25F);
  BOOST_TEST((o.start == dream::Start::grey));
  BOOST_TEST(o.scales == (std::vector<double>{0.5, 1}), boost::test_tools::per_element());
  BOOST_TEST((o.normalize == dream::Normalize::none));
}

BOOST_AUTO_TEST_CASE(an_error_names_the_flag_that_set_the_option) {
  CHECK_THROWS(UsageError, dream_options({"--jitter", "-3"}), "--jitter: jitter needs to be in 0 … 65536, got -3");
  CHECK_THROWS(UsageError, dream_options({"--blur", "-1", "--preset", "homework"}), "--blur: blur needs");
  CHECK_THROWS(UsageError, dream_options({"--set", "decay=2"}), "--set: decay needs to be in 0 … 1, got 2");
  CHECK_THROWS(UsageError, dream_options({"--jitter", "4", "--set", "jitter=-1"}), "--set: jitter");
  CHECK_THROWS(UsageError, dream_options({"--parameterization", "pyramid", "--octaves", "3"}),
               "--octaves: octaves are of pixels");
  CHECK_THROWS(UsageError, dream_options({"--set", "jiter=3"}), "did you mean 'jitter'");
  CHECK_THROWS(CLI::ValidationError, train_flags({"--epochs", "0"}), "--epochs: needs to be in 1 … 1000000, got 0");
  CHECK_THROWS(CLI::ValidationError, train_flags({"--optimizer", "lbfgs"}),
               "--optimizer: needs to be sgd, adam, adamw, rmsprop or lion, got 'lbfgs'");
}

BOOST_AUTO_TEST_CASE(a_size_is_one_number_or_two) {
  BOOST_TEST(size_of("24").width == 24);
  BOOST_TEST(size_of("24").height == 24);
  BOOST_TEST(size_of("320x240").width == 320);
  BOOST_TEST(size_of("320x240").height == 240);
  BOOST_TEST(size_of("").width == 0);
  for (const char* wrong : {"0", "-5", "24x", "x24", "24x0", "1x2x3", "16385", "1e3", " 24"})
    CHECK_THROWS(UsageError, size_of(wrong), std::string("--size needs a number of pixels, 1 … 16384"));
}

BOOST_AUTO_TEST_CASE(a_blur_sets_as_many_options_as_it_has_numbers) {
  const dream::DreamOptions one = dream_options({"--preset", "homework", "--blur", "0.7"});
  BOOST_TEST(one.blur == 0.7F);
  BOOST_TEST(one.blur_end == 0.7F);
  BOOST_TEST(one.blur_every == 4);
  BOOST_TEST(dream_options({"--preset", "homework", "--blur", "0"}).blur_every == 0);
  CHECK_THROWS(CLI::ValidationError, dream_flags({"--blur", "1,2,3,4"}), "takes at most 3 numbers, got '1,2,3,4'");
  CHECK_THROWS(CLI::ValidationError, dream_flags({"--set", "jitter"}), "takes NAME=VALUE, got 'jitter'");
}

BOOST_AUTO_TEST_CASE(of_a_run_that_has_its_settings_already_no_other_is_taken) {
  const auto checked = [](std::vector<std::string> given, bool resume) {
    DreamFlags flags;
    flags.resume = resume;
    flags.again = resume ? "" : "x.png";
    flags.given = std::move(given);
    check(flags);
  };
  BOOST_CHECK_NO_THROW(checked({"--resume", "--out", "--threads", "--limit-steps"}, true));
  CHECK_THROWS(UsageError, checked({"--resume", "--steps"}, true), "--steps is not taken: --resume has all settings");
  CHECK_THROWS(UsageError, checked({"--again", "--model"}, false), "--model is not taken: --again has all settings");
  DreamFlags none;
  CHECK_THROWS(UsageError, check(none), "--model is missing");
  none.models = {"a.onnx"};
  CHECK_THROWS(UsageError, check(none), "--target is missing");
  none.list_layers = true;
  BOOST_CHECK_NO_THROW(check(none));
}

BOOST_AUTO_TEST_CASE(names_of_files_have_the_endings_that_can_be_written) {
  DreamFlags flags;
  flags.models = {"a.onnx"}, flags.targets = {"class:1"};
  flags.animation = "film.WEBP", flags.grid = "sheet.Jpeg";
  BOOST_CHECK_NO_THROW(check(flags));
  flags.animation = "film.avi";
  CHECK_THROWS(UsageError, check(flags), "--animation needs a name that ends with .webp or .gif, got 'film.avi'");
  flags.animation = "", flags.grid = "sheet";
  CHECK_THROWS(UsageError, check(flags), "--grid needs a name that ends with .png or .jpg or .jpeg, got 'sheet'");
}

BOOST_AUTO_TEST_CASE(settings_are_shown_one_a_line_with_the_values_that_a_run_has) {
  const std::string text = settings_text(dream_options({"--preset", "homework", "--jitter", "9"}));
  for (const char* line : {"width                32\n", "height               24\n", "jitter               9\n"})
    BOOST_TEST(text.find(line) != std::string::npos, line);
  dream::DreamOptions usual;
  BOOST_TEST(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) == dream::table(usual).size());
}

BOOST_AUTO_TEST_SUITE_END()
